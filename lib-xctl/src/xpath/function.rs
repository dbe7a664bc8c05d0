//! The functions of XPath's core library.

use super::Error;
use super::evaluate::Context;
use super::expression::Expression;
use super::value::Value;

/// Calls a function.
///
/// # Errors
/// For an unknown function and a wrong number of arguments.
pub(super) fn call(context: &Context<'_, '_>, name: &str, arguments: &[Expression]) -> Result<Value, Error> {
    let tree = context.tree;
    let wrong = || Error::Unknown(format!("{name}() does not take {} arguments", arguments.len()));
    let argument = |index: usize| context.evaluate(arguments.get(index).ok_or_else(wrong)?);
    let text = |index: usize| argument(index).map(|value| value.to_text(tree));
    let number = |index: usize| argument(index).map(|value| value.to_number(tree));
    // Several functions work on the context node if they are given nothing.
    let text_or_node = || match arguments.is_empty() {
        true => Ok(tree.string_value(context.node)),
        false => text(0),
    };
    let node = || match arguments.first() {
        Some(argument) => context.nodes(argument).map(|nodes| nodes.first().copied()),
        None => Ok(Some(context.node)),
    };
    let rounded = |round: fn(f64) -> f64| number(0).map(|number| Value::Number(round(number)));
    let (least, most) =
        arity(name).ok_or_else(|| Error::Unknown(format!("there is no function {name}()")))?;
    if arguments.len() < least || arguments.len() > most {
        return Err(wrong());
    }
    Ok(match name {
        "last" => Value::Number(context.size as f64),
        "position" => Value::Number(context.position as f64),
        "count" => Value::Number(context.nodes(&arguments[0])?.len() as f64),
        "sum" => {
            let nodes = context.nodes(&arguments[0])?;
            Value::Number(nodes.iter().map(|&id| super::value::text_number(&tree.string_value(id))).sum())
        }
        "local-name" => Value::Text(node()?.map(|id| tree.local_name(id).to_owned()).unwrap_or_default()),
        "name" => Value::Text(node()?.map(|id| tree.name(id).to_owned()).unwrap_or_default()),
        "namespace-uri" => Value::Text(node()?.map(|id| tree.namespace(id).into_owned()).unwrap_or_default()),
        "string" => Value::Text(text_or_node()?),
        "concat" => {
            let parts: Result<Vec<_>, _> = (0..arguments.len()).map(text).collect();
            Value::Text(parts?.concat())
        }
        "starts-with" => Value::Truth(text(0)?.starts_with(&text(1)?)),
        "contains" => Value::Truth(text(0)?.contains(&text(1)?)),
        "substring-before" => {
            let (whole, part) = (text(0)?, text(1)?);
            Value::Text(whole.split_once(&part).map(|(before, _)| before.to_owned()).unwrap_or_default())
        }
        "substring-after" => {
            let (whole, part) = (text(0)?, text(1)?);
            Value::Text(whole.split_once(&part).map(|(_, after)| after.to_owned()).unwrap_or_default())
        }
        "substring" => {
            let length = if arguments.len() > 2 { Some(number(2)?) } else { None };
            Value::Text(substring(&text(0)?, number(1)?, length))
        }
        "string-length" => Value::Number(text_or_node()?.chars().count() as f64),
        "normalize-space" => {
            Value::Text(text_or_node()?.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        }
        "translate" => Value::Text(translate(&text(0)?, &text(1)?, &text(2)?)),
        "boolean" => Value::Truth(argument(0)?.to_truth()),
        "not" => Value::Truth(!argument(0)?.to_truth()),
        "true" => Value::Truth(true),
        "false" => Value::Truth(false),
        "number" => Value::Number(super::value::text_number(&text_or_node()?)),
        "floor" => rounded(f64::floor)?,
        "ceiling" => rounded(f64::ceil)?,
        // Halves go up, not away from zero.
        "round" => rounded(|number| (number + 0.5).floor())?,
        _ => return Err(wrong()),
    })
}

/// How few and how many arguments a function takes.
fn arity(name: &str) -> Option<(usize, usize)> {
    Some(match name {
        "last" | "position" | "true" | "false" => (0, 0),
        "local-name" | "name" | "namespace-uri" | "string" | "string-length" | "normalize-space"
        | "number" => (0, 1),
        "count" | "sum" | "boolean" | "not" | "floor" | "ceiling" | "round" => (1, 1),
        "starts-with" | "contains" | "substring-before" | "substring-after" => (2, 2),
        "substring" => (2, 3),
        "translate" => (3, 3),
        "concat" => (2, usize::MAX),
        _ => return None,
    })
}

/// The characters from a place, counted from 1, as many as asked for; places are rounded, as the specification does.
fn substring(text: &str, start: f64, length: Option<f64>) -> String {
    let round = |number: f64| (number + 0.5).floor();
    let end = length.map_or(f64::INFINITY, |length| round(start) + round(length));
    let within = |index: usize| {
        let place = index as f64 + 1.0;
        place >= round(start) && place < end
    };
    text.chars().enumerate().filter(|(index, _)| within(*index)).map(|(_, char)| char).collect()
}

/// The text with each character of `from` replaced by that at the same place of `to`, or removed.
fn translate(text: &str, from: &str, to: &str) -> String {
    let replaced = |char: char| match from.chars().position(|known| known == char) {
        Some(index) => to.chars().nth(index),
        None => Some(char),
    };
    text.chars().filter_map(replaced).collect()
}
