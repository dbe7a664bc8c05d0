//! Evaluating expressions.

use super::Error;
use super::expression::{Axis, Expression, Operator, Step, Test};
use super::function;
use super::tree::{Id, Kind, Tree};
use super::value::Value;

/// Where an expression is evaluated: at which node, and its place among how many.
#[derive(Clone, Copy)]
pub(super) struct Context<'t, 'd> {
    pub(super) tree: &'t Tree<'d>,
    pub(super) node: Id,
    pub(super) position: usize,
    pub(super) size: usize,
    /// What variables stand for.
    pub(super) variables: &'t [(String, String)],
}

/// Evaluates an expression at a node.
///
/// # Errors
/// For an unknown function or prefix, and for nodes where there are none.
pub(super) fn evaluate(
    tree: &Tree<'_>,
    node: Id,
    expression: &Expression,
    variables: &[(String, String)],
) -> Result<Value, Error> {
    Context { tree, node, position: 1, size: 1, variables }.evaluate(expression)
}

impl Context<'_, '_> {
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Error> {
        Ok(match expression {
            Expression::Literal(text) => Value::Text(text.clone()),
            Expression::Number(number) => Value::Number(*number),
            Expression::Variable(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, text) =
                    known.ok_or_else(|| Error::Unknown(format!("there is no variable ${name}")))?;
                Value::Text(text.clone())
            }
            Expression::Call(name, arguments) => function::call(self, name, arguments)?,
            Expression::Negate(operand) => Value::Number(-self.evaluate(operand)?.to_number(self.tree)),
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right)?,
            Expression::Path { absolute, steps } => {
                let start = if *absolute { 0 } else { self.node };
                Value::nodes(self.walk(vec![start], steps)?)
            }
            Expression::Filter { start, predicates, steps } => {
                let start = self.nodes(start)?;
                Value::nodes(self.walk(self.filter(start, predicates)?, steps)?)
            }
        })
    }

    /// The nodes that an expression gives.
    pub(super) fn nodes(&self, expression: &Expression) -> Result<Vec<Id>, Error> {
        match self.evaluate(expression)? {
            Value::Nodes(nodes) => Ok(nodes),
            other => Err(Error::NoNodes(other.kind())),
        }
    }

    fn binary(&self, operator: Operator, left: &Expression, right: &Expression) -> Result<Value, Error> {
        use Operator as O;
        match operator {
            O::Or => {
                return Ok(Value::Truth(self.evaluate(left)?.to_truth() || self.evaluate(right)?.to_truth()));
            }
            O::And => {
                return Ok(Value::Truth(self.evaluate(left)?.to_truth() && self.evaluate(right)?.to_truth()));
            }
            O::Union => {
                let mut nodes = self.nodes(left)?;
                nodes.extend(self.nodes(right)?);
                return Ok(Value::nodes(nodes));
            }
            _ => {}
        }
        let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
        let numbers = || (left.to_number(self.tree), right.to_number(self.tree));
        let arithmetic = |calculate: fn(f64, f64) -> f64| {
            let (left, right) = numbers();
            Value::Number(calculate(left, right))
        };
        Ok(match operator {
            O::Add => arithmetic(|left, right| left + right),
            O::Subtract => arithmetic(|left, right| left - right),
            O::Multiply => arithmetic(|left, right| left * right),
            O::Divide => arithmetic(|left, right| left / right),
            O::Modulo => arithmetic(|left, right| left % right),
            comparison => Value::Truth(self.compare(comparison, &left, &right)),
        })
    }

    /// Nodes compare as true if any of them does; a truth compares as truths, everything else by its kind.
    fn compare(&self, operator: Operator, left: &Value, right: &Value) -> bool {
        let tree = self.tree;
        let text = |id: &Id| Value::Text(tree.string_value(*id));
        match (left, right) {
            (Value::Nodes(_), Value::Truth(_)) | (Value::Truth(_), Value::Nodes(_)) => {
                self.compare_simple(operator, &Value::Truth(left.to_truth()), &Value::Truth(right.to_truth()))
            }
            (Value::Nodes(nodes), _) => nodes.iter().any(|id| self.compare(operator, &text(id), right)),
            (_, Value::Nodes(nodes)) => nodes.iter().any(|id| self.compare(operator, left, &text(id))),
            _ => self.compare_simple(operator, left, right),
        }
    }

    fn compare_simple(&self, operator: Operator, left: &Value, right: &Value) -> bool {
        use Operator as O;
        let (one, other) = (left.to_number(self.tree), right.to_number(self.tree));
        let equal = match (left, right) {
            (Value::Truth(_), _) | (_, Value::Truth(_)) => left.to_truth() == right.to_truth(),
            (Value::Number(_), _) | (_, Value::Number(_)) => one == other,
            _ => left.to_text(self.tree) == right.to_text(self.tree),
        };
        match operator {
            O::Equal => equal,
            O::NotEqual => !equal,
            O::Less => one < other,
            O::LessOrEqual => one <= other,
            O::Greater => one > other,
            O::GreaterOrEqual => one >= other,
            _ => false,
        }
    }

    fn walk(&self, start: Vec<Id>, steps: &[Step]) -> Result<Vec<Id>, Error> {
        let mut nodes = start;
        for step in steps {
            let mut found = Vec::new();
            for &node in &nodes {
                let mut candidates = Vec::new();
                for id in self.along(node, step.axis) {
                    if self.passes(id, step)? {
                        candidates.push(id);
                    }
                }
                found.extend(self.filter(candidates, &step.predicates)?);
            }
            found.sort_unstable();
            found.dedup();
            nodes = found;
        }
        Ok(nodes)
    }

    /// The nodes for which every predicate holds; they are counted in the order that they come in.
    fn filter(&self, mut nodes: Vec<Id>, predicates: &[Expression]) -> Result<Vec<Id>, Error> {
        for predicate in predicates {
            let size = nodes.len();
            let mut kept = Vec::new();
            for (index, &node) in nodes.iter().enumerate() {
                let position = index + 1;
                let holds = match (Context { node, position, size, ..*self }).evaluate(predicate)? {
                    Value::Number(number) => number == position as f64,
                    other => other.to_truth(),
                };
                if holds {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    /// The nodes of an axis, the nearest first.
    fn along(&self, id: Id, axis: Axis) -> Vec<Id> {
        let node = self.tree.node(id);
        let ancestors = |from: Option<Id>| std::iter::successors(from, |&id| self.tree.node(id).parent);
        let is_attribute = matches!(node.kind, Kind::Attribute(..));
        let siblings = || match node.parent {
            Some(parent) if !is_attribute => self.tree.node(parent).children.as_slice(),
            _ => &[],
        };
        let mut found = match axis {
            Axis::Child => node.children.clone(),
            Axis::Descendant => self.tree.descendants(id),
            Axis::DescendantOrSelf => std::iter::once(id).chain(self.tree.descendants(id)).collect(),
            Axis::Parent => node.parent.into_iter().collect(),
            Axis::Ancestor => return ancestors(node.parent).collect(),
            Axis::AncestorOrSelf => return ancestors(Some(id)).collect(),
            Axis::FollowingSibling => siblings().iter().copied().filter(|&other| other > id).collect(),
            Axis::PrecedingSibling => siblings().iter().copied().filter(|&other| other < id).collect(),
            Axis::Following => {
                let inside = self.tree.descendants(id);
                self.tree
                    .descendants(0)
                    .into_iter()
                    .filter(|other| *other > id && !inside.contains(other))
                    .collect()
            }
            Axis::Preceding => {
                let around: Vec<Id> = ancestors(node.parent).collect();
                self.tree
                    .descendants(0)
                    .into_iter()
                    .filter(|other| *other < id && !around.contains(other))
                    .collect()
            }
            Axis::Attribute => node.attributes.clone(),
            Axis::Itself => vec![id],
        };
        if axis.is_reverse() {
            found.reverse();
        }
        found
    }

    fn passes(&self, id: Id, step: &Step) -> Result<bool, Error> {
        let tree = self.tree;
        let kind = &tree.node(id).kind;
        let is_named = match step.axis {
            Axis::Attribute => matches!(kind, Kind::Attribute(..)),
            _ => matches!(kind, Kind::Element(_)),
        };
        Ok(match &step.test {
            Test::Node => true,
            Test::Text => matches!(kind, Kind::Text(_)),
            Test::Comment => matches!(kind, Kind::Comment(_)),
            Test::Instruction(target) => {
                let wanted = target.as_deref().is_none_or(|target| tree.name(id) == target);
                matches!(kind, Kind::Instruction(_)) && wanted
            }
            Test::AnyName => is_named,
            Test::Prefix(prefix) => is_named && tree.namespace(id) == self.meaning(prefix)?,
            Test::Name { prefix, local } => {
                let namespace = match prefix {
                    Some(prefix) => self.meaning(prefix)?,
                    None => String::new(),
                };
                is_named && tree.local_name(id) == local && tree.namespace(id) == namespace
            }
        })
    }

    fn meaning(&self, prefix: &str) -> Result<String, Error> {
        let uri = self.tree.prefix(prefix);
        uri.map(String::from)
            .ok_or_else(|| Error::Unknown(format!("the document declares no prefix '{prefix}'")))
    }
}
