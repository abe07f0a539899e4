//! FHIRPath tokens as an expression; what this evaluator does not know is refused here, with its name.

use regex::Regex;

use super::function::Function;
use super::lex::{Lexeme, Token, tokens};

/// A compiled expression.
#[derive(Debug)]
pub(super) enum Expr {
    /// `{}`
    Nothing,
    /// `$this`, and what a path without beginning starts from.
    This,
    /// `%resource`: the resource around the focus.
    Resource,
    /// `%rootResource`: the resource that is contained in none.
    RootResource,
    /// `%context`: the element that the expression was asked of.
    Context,
    Text(String),
    Integer(i64),
    Decimal(String),
    Boolean(bool),
    Member(Box<Expr>, Name),
    Index(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Function, Vec<Expr>),
    /// The compiled pattern of `matches`, and the replacement of `replaceMatches`.
    Matches(Box<Expr>, Box<Regex>),
    Replace(Box<Expr>, Box<Regex>, String),
    /// `is`: the type asked for.
    Is(Box<Expr>, String),
    /// `as` and `ofType`.
    OfType(Box<Expr>, String),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
}

/// The name of a member.
#[derive(Debug)]
pub(super) struct Name {
    pub text: String,
    /// It may name the type of the resource: it begins a path with a capital.
    pub may_be_type: bool,
}

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Plus,
    Minus,
    Concatenate,
    Times,
    Divide,
    Div,
    Mod,
}

/// From the loosest to the tightest; `is` and `as` stand between union and comparison.
const LEVELS: [&[(&str, Operator)]; 9] = [
    &[("implies", Operator::Implies)],
    &[("or", Operator::Or), ("xor", Operator::Xor)],
    &[("and", Operator::And)],
    &[("in", Operator::In), ("contains", Operator::Contains)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<=", Operator::LessOrEqual), (">=", Operator::GreaterOrEqual), ("<", Operator::Less), (">", Operator::Greater)],
    &[("|", Operator::Union)],
    &[("+", Operator::Plus), ("-", Operator::Minus), ("&", Operator::Concatenate)],
    &[("*", Operator::Times), ("/", Operator::Divide), ("div", Operator::Div), ("mod", Operator::Mod)],
];
/// Type operators bind tighter than union and looser than sums.
const TYPES_AFTER: usize = 7;
const DEPTH: usize = 64;

/// Why an expression cannot be evaluated, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotCompiled {
    /// As a fragment.
    pub reason: String,
    /// Offset in the expression, in bytes.
    pub offset: usize,
}

impl std::fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (at offset {})", self.reason, self.offset)
    }
}

impl std::error::Error for NotCompiled {}

pub(super) fn parse(source: &str) -> Result<Expr, NotCompiled> {
    let tokens = tokens(source).map_err(|(reason, offset)| NotCompiled { reason, offset })?;
    let mut parser = Parser { tokens, next: 0, end: source.len(), depth: 0 };
    let expr = parser.level(0)?;
    match parser.tokens.get(parser.next) {
        None => Ok(expr),
        Some(token) => {
            Err(NotCompiled { reason: "the expression goes on where it should end".into(), offset: token.at })
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    depth: usize,
}

type Parsed<T = Expr> = Result<T, NotCompiled>;

impl Parser {
    fn fault<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        let offset = self.tokens.get(self.next).map_or(self.end, |t| t.at);
        Err(NotCompiled { reason: reason.into(), offset })
    }

    fn peek(&self) -> Option<&Lexeme> {
        self.tokens.get(self.next).map(|t| &t.kind)
    }

    fn is(&self, sign: &str) -> bool {
        match self.peek() {
            Some(Lexeme::Sign(s)) => *s == sign,
            Some(Lexeme::Name(n)) => n == sign,
            _ => false,
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let hit = self.is(sign);
        self.next += usize::from(hit);
        hit
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) { Ok(()) } else { self.fault(format!("expected '{sign}'")) }
    }

    fn level(&mut self, level: usize) -> Parsed {
        if level == LEVELS.len() {
            return self.unary();
        }
        self.depth += 1;
        if self.depth > DEPTH * LEVELS.len() {
            return self.fault("the expression is nested too deeply");
        }
        let mut left = self.level(level + 1)?;
        loop {
            if level == TYPES_AFTER - 1 && (self.is("is") || self.is("as")) {
                let is = self.is("is");
                self.next += 1;
                let name = self.type_name()?;
                left = if is { Expr::Is(left.into(), name) } else { Expr::OfType(left.into(), name) };
                continue;
            }
            let Some((sign, operator)) = LEVELS[level].iter().find(|(sign, _)| self.is(sign)) else { break };
            self.expect(sign)?;
            let right = self.level(level + 1)?;
            left = Expr::Binary(*operator, left.into(), right.into());
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        if self.eat("-") {
            return Ok(Expr::Negate(self.unary_operand()?.into()));
        }
        self.eat("+");
        self.unary_operand()
    }

    fn unary_operand(&mut self) -> Parsed {
        let mut expr = self.term()?;
        loop {
            if self.eat(".") {
                expr = self.invocation(expr, false)?;
            } else if self.eat("[") {
                let index = self.level(0)?;
                self.expect("]")?;
                expr = Expr::Index(expr.into(), index.into());
            } else {
                return Ok(expr);
            }
        }
    }

    fn term(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else { return self.fault("the expression ends too early") };
        match token {
            Lexeme::Sign("(") => {
                self.next += 1;
                let expr = self.level(0)?;
                self.expect(")")?;
                return Ok(expr);
            }
            Lexeme::Sign("{") => {
                self.next += 1;
                self.expect("}")?;
                return Ok(Expr::Nothing);
            }
            Lexeme::Name(name) => {
                if matches!(name.as_str(), "true" | "false") {
                    self.next += 1;
                    return Ok(Expr::Boolean(name == "true"));
                }
                return self.invocation(Expr::This, true);
            }
            _ => {}
        }
        let expr = match token {
            Lexeme::Text(text) => Expr::Text(text),
            Lexeme::Number(text) => match text.parse() {
                Ok(n) if !text.contains('.') => Expr::Integer(n),
                _ => Expr::Decimal(text),
            },
            Lexeme::Variable(name) => match name.as_str() {
                "this" => Expr::This,
                _ => return self.fault(format!("the variable ${name} is not supported")),
            },
            Lexeme::External(name) => match name.as_str() {
                "resource" => Expr::Resource,
                "rootResource" => Expr::RootResource,
                "context" => Expr::Context,
                "ucum" => Expr::Text("http://unitsofmeasure.org".into()),
                "sct" => Expr::Text("http://snomed.info/sct".into()),
                "loinc" => Expr::Text("http://loinc.org".into()),
                _ => match name.split_once('-') {
                    Some(("vs", rest)) => Expr::Text(format!("http://hl7.org/fhir/ValueSet/{rest}")),
                    Some(("ext", rest)) => Expr::Text(format!("http://hl7.org/fhir/StructureDefinition/{rest}")),
                    _ => return self.fault(format!("the constant %{name} is not known")),
                },
            },
            Lexeme::Sign(sign) => return self.fault(format!("unexpected '{sign}'")),
            Lexeme::Name(_) => return self.fault("unexpected name"),
        };
        self.next += 1;
        Ok(expr)
    }

    fn type_name(&mut self) -> Parsed<String> {
        let mut name = match self.peek() {
            Some(Lexeme::Name(name)) => name.clone(),
            _ => return self.fault("expected the name of a type"),
        };
        self.next += 1;
        while self.eat(".") {
            match self.peek() {
                // `FHIR.Patient` and `System.String`: the last part decides.
                Some(Lexeme::Name(next)) => name = next.clone(),
                _ => return self.fault("expected the name of a type"),
            }
            self.next += 1;
        }
        Ok(name)
    }

    fn invocation(&mut self, on: Expr, begins: bool) -> Parsed {
        let name = match self.peek() {
            Some(Lexeme::Name(name)) => name.clone(),
            Some(Lexeme::Variable(name)) if name == "this" => {
                self.next += 1;
                return Ok(on);
            }
            _ => return self.fault("expected a name"),
        };
        let at = self.next;
        self.next += 1;
        if !self.eat("(") {
            let may_be_type = begins && name.starts_with(|c: char| c.is_ascii_uppercase());
            return Ok(Expr::Member(on.into(), Name { text: name, may_be_type }));
        }
        if matches!(name.as_str(), "is" | "as" | "ofType") {
            let of = self.type_name()?;
            self.expect(")")?;
            return Ok(if name == "is" { Expr::Is(on.into(), of) } else { Expr::OfType(on.into(), of) });
        }
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.level(0)?);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        let expr = self.call(on, &name, arguments);
        expr.map_err(|reason| NotCompiled { reason, offset: self.tokens.get(at).map_or(0, |t| t.at) })
    }

    fn call(&self, on: Expr, name: &str, mut arguments: Vec<Expr>) -> Result<Expr, String> {
        if matches!(name, "matches" | "replaceMatches") {
            let mut arguments = arguments.into_iter();
            let Some(Expr::Text(pattern)) = arguments.next() else {
                return Err(format!("{name}() is supported with a literal pattern only"));
            };
            let regex = Regex::new(&format!("(?s){pattern}")).map_err(|_| format!("{name}() has a broken pattern"))?;
            return match (name, arguments.next(), arguments.next()) {
                ("matches", None, None) => Ok(Expr::Matches(on.into(), regex.into())),
                ("replaceMatches", Some(Expr::Text(with)), None) => Ok(Expr::Replace(on.into(), regex.into(), with)),
                _ => Err(format!("{name}() has the wrong arguments")),
            };
        }
        let function = Function::named(name).ok_or_else(|| format!("the function {name}() is not supported"))?;
        if function == Function::Trace {
            arguments.clear();
        }
        let (least, most) = function.arity();
        if arguments.len() < least || arguments.len() > most {
            return Err(format!("{name}() takes {least} to {most} arguments, not {}", arguments.len()));
        }
        Ok(Expr::Call(on.into(), function, arguments))
    }
}
