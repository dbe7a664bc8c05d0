//! From tokens to an expression, by the grammar of the specification.

use super::Error;
use super::expression::{Axis, Expression, Operator, Step, Test};
use super::lexer::{self, Placed, Token};

/// How deep expressions may be nested.
const MAX_DEPTH: usize = 100;

/// Binary operators from the weakest to the strongest.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Modulo)],
];

/// Reads an expression.
///
/// # Errors
/// With the place of the fault.
pub(super) fn parse(text: &str) -> Result<Expression, Error> {
    let mut parser =
        Parser { tokens: lexer::tokens(text)?, next: 0, depth: 0, end: text.chars().count() + 1 };
    let expression = parser.expression()?;
    match parser.tokens.get(parser.next) {
        None => Ok(expression),
        Some(_) => Err(parser.fault("the expression should have ended")),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn peek_after(&self) -> Option<&Token> {
        self.tokens.get(self.next + 1).map(|(token, _)| token)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(known)) if *known == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Error> {
        if self.accept(sign) { Ok(()) } else { Err(self.fault(&format!("'{sign}' is missing"))) }
    }

    fn fault(&self, problem: &str) -> Error {
        let at = self.tokens.get(self.next).map_or(self.end, |(_, at)| *at);
        Error::Syntax { problem: problem.to_owned(), at }
    }

    fn expression(&mut self) -> Result<Expression, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault("too many nested parentheses"));
        }
        let expression = self.binary(0);
        self.depth -= 1;
        expression
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Error> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|(sign, _)| self.accept(sign)).map(|(_, op)| *op) {
            let right = self.binary(level + 1)?;
            left = Expression::Binary(operator, left.into(), right.into());
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, Error> {
        let mut negative = false;
        let mut signs = 0;
        while self.accept("-") {
            negative = !negative;
            signs += 1;
        }
        let operand = self.union()?;
        Ok(match (signs, negative) {
            (0, _) => operand,
            (_, true) => Expression::Negate(operand.into()),
            // Twice negated is the number that it stands for.
            (_, false) => Expression::Negate(Expression::Negate(operand.into()).into()),
        })
    }

    fn union(&mut self) -> Result<Expression, Error> {
        let mut left = self.path()?;
        while self.accept("|") {
            left = Expression::Binary(Operator::Union, left.into(), self.path()?.into());
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expression, Error> {
        if let Some(start) = self.primary()? {
            let predicates = self.predicates()?;
            let steps = self.following_steps()?;
            return Ok(match predicates.is_empty() && steps.is_empty() {
                true => start,
                false => Expression::Filter { start: start.into(), predicates, steps },
            });
        }
        let mut steps = Vec::new();
        let absolute = if self.accept("//") {
            steps.push(Step::anywhere());
            steps.push(self.step()?);
            true
        } else if self.accept("/") {
            if self.at_step() {
                steps.push(self.step()?);
            }
            true
        } else {
            steps.push(self.step()?);
            false
        };
        steps.extend(self.following_steps()?);
        Ok(Expression::Path { absolute, steps })
    }

    fn at_step(&self) -> bool {
        match self.peek() {
            Some(Token::Name(_)) => true,
            Some(Token::Sign(sign)) => ["@", ".", ".."].contains(sign),
            _ => false,
        }
    }

    fn following_steps(&mut self) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        loop {
            if self.accept("//") {
                steps.push(Step::anywhere());
            } else if !self.accept("/") {
                return Ok(steps);
            }
            steps.push(self.step()?);
        }
    }

    /// What is no location path: a literal, a number, a call, something in parentheses.
    fn primary(&mut self) -> Result<Option<Expression>, Error> {
        if self.accept("$") {
            let name = match self.peek() {
                Some(Token::Name(name)) => name.clone(),
                _ => return Err(self.fault("a variable has a name")),
            };
            self.next += 1;
            return Ok(Some(Expression::Variable(name)));
        }
        if self.accept("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(Some(inner));
        }
        let calls = matches!(self.peek_after(), Some(Token::Sign("(")));
        let primary = match self.peek() {
            Some(Token::Literal(text)) => Expression::Literal(text.clone()),
            Some(Token::Number(number)) => Expression::Number(*number),
            Some(Token::Name(name)) if calls && !is_node_type(name) => {
                let name = name.clone();
                self.next += 2;
                return Ok(Some(Expression::Call(name, self.arguments()?)));
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(primary))
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, Error> {
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if !self.accept(",") {
                self.expect(")")?;
                return Ok(arguments);
            }
        }
    }

    fn predicates(&mut self) -> Result<Vec<Expression>, Error> {
        let mut predicates = Vec::new();
        while self.accept("[") {
            predicates.push(self.expression()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }

    fn step(&mut self) -> Result<Step, Error> {
        let plain = |axis| Step { axis, test: Test::Node, predicates: Vec::new() };
        if self.accept("..") {
            return Ok(plain(Axis::Parent));
        }
        if self.accept(".") {
            return Ok(plain(Axis::Itself));
        }
        let axis = if self.accept("@") { Axis::Attribute } else { self.axis()? };
        let test = self.test()?;
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn axis(&mut self) -> Result<Axis, Error> {
        let (Some(Token::Name(name)), Some(Token::Sign("::"))) = (self.peek(), self.peek_after()) else {
            return Ok(Axis::Child);
        };
        let axis = Axis::find(name).ok_or_else(|| self.fault(&format!("there is no axis '{name}'")))?;
        self.next += 2;
        Ok(axis)
    }

    fn test(&mut self) -> Result<Test, Error> {
        let Some(Token::Name(name)) = self.peek() else {
            return Err(self.fault("a name is missing"));
        };
        let name = name.clone();
        self.next += 1;
        if is_node_type(&name) && self.accept("(") {
            return self.node_type(&name);
        }
        Ok(match name.split_once(':') {
            None if name == "*" => Test::AnyName,
            None => Test::Name { prefix: None, local: name },
            Some((prefix, "*")) => Test::Prefix(prefix.to_owned()),
            Some((prefix, local)) => Test::Name { prefix: Some(prefix.to_owned()), local: local.to_owned() },
        })
    }

    fn node_type(&mut self, name: &str) -> Result<Test, Error> {
        let target = match self.peek() {
            Some(Token::Literal(target)) if name == "processing-instruction" => Some(target.clone()),
            _ => None,
        };
        self.next += usize::from(target.is_some());
        self.expect(")")?;
        Ok(match name {
            "text" => Test::Text,
            "comment" => Test::Comment,
            "node" => Test::Node,
            _ => Test::Instruction(target),
        })
    }
}

fn is_node_type(name: &str) -> bool {
    ["node", "text", "comment", "processing-instruction"].contains(&name)
}
