//! A JSON text as a flat tree that remembers where everything stood: places, repeated keys, numbers as written.
//!
//! FHIR needs what `serde_json::Value` forgets: a decimal keeps its digits, a key given twice is an error, and every
//! issue points at a line. The tree borrows the text; a node is an index into one vector.

mod parse;

use std::cell::Cell;
use std::fmt;

/// A node of a [`Document`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// A number, kept as written.
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

const NONE: u32 = u32::MAX;
/// Deeper nesting is refused: nothing of FHIR needs it, and every walk below may recurse safely.
pub const DEPTH: usize = 96;

struct Node {
    kind: Kind,
    /// The object has a key that begins with an underscore.
    paired: bool,
    /// The text of a string or key that had escapes, 1 + index into `unescaped`; 0 if it stands in the source.
    plain: u32,
    plain_key: u32,
    /// Tells most different keys apart without reading them.
    tag: u32,
    key: (u32, u32),
    span: (u32, u32),
    first: u32,
    next: u32,
    parent: u32,
    /// The position among the parent's members or items.
    index: u32,
    len: u32,
}

/// Why a text is not JSON, with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotJson {
    /// What was expected, as a fragment.
    pub expected: &'static str,
    /// Offset in bytes.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not JSON at line {}, column {}: expected {}", self.line, self.column, self.expected)
    }
}

impl std::error::Error for NotJson {}

/// A parsed text.
pub struct Document<'s> {
    source: &'s str,
    nodes: Vec<Node>,
    unescaped: Vec<Box<str>>,
    repeated: Vec<NodeId>,
    /// The place told last: issues come nearly in order, so the next is counted from there.
    last_place: Cell<(usize, usize, usize)>,
}

impl<'s> Document<'s> {
    /// Parses a whole text; a byte order mark is passed over.
    pub fn parse(source: &'s str) -> Result<Self, NotJson> {
        let mut document = Self {
            source,
            nodes: Vec::with_capacity(source.len() / 24 + 4),
            unescaped: Vec::new(),
            repeated: Vec::new(),
            last_place: Cell::new((0, 1, 1)),
        };
        let fault = |(expected, offset): parse::Fault| {
            let (line, column) = place(source.as_bytes(), offset);
            NotJson { expected, offset, line, column }
        };
        if u32::try_from(source.len()).map_or(true, |n| n == NONE) {
            return Err(fault(("a text of less than 4 GiB", 0)));
        }
        let mut at = if source.starts_with('\u{feff}') { 3 } else { 0 };
        document.value(&mut at, NONE, (0, 0), 0, 0).map_err(fault)?;
        document.space(&mut at);
        if at < source.len() {
            return Err(fault(("the end of the text", at)));
        }
        Ok(document)
    }

    /// The outermost value.
    pub const fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// The text that was parsed.
    pub const fn source(&self) -> &'s str {
        self.source
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// The node's key in its object; empty for the root and for items of arrays.
    pub fn key(&self, id: NodeId) -> &str {
        let node = self.node(id);
        self.stored(node.plain_key, node.key)
    }

    /// The content of a string, the digits of a number, the word of a boolean; empty for the others.
    pub fn text(&self, id: NodeId) -> &str {
        let node = self.node(id);
        match node.kind {
            Kind::String => self.stored(node.plain, (node.span.0 + 1, node.span.1 - 1)),
            Kind::Number | Kind::Boolean => self.raw(id),
            _ => "",
        }
    }

    fn stored(&self, plain: u32, span: (u32, u32)) -> &str {
        if plain == 0 { &self.source[span.0 as usize..span.1 as usize] } else { &self.unescaped[plain as usize - 1] }
    }

    /// The node as it stands in the text.
    pub fn raw(&self, id: NodeId) -> &'s str {
        let (start, end) = self.span(id);
        &self.source[start..end]
    }

    /// Where the node stands, in bytes.
    pub fn span(&self, id: NodeId) -> (usize, usize) {
        let (start, end) = self.node(id).span;
        (start as usize, end as usize)
    }

    /// Where the node's key stands, quotes excluded; the node itself if it has no key.
    pub fn key_span(&self, id: NodeId) -> (usize, usize) {
        let (start, end) = self.node(id).key;
        if start == 0 { self.span(id) } else { (start as usize, end as usize) }
    }

    /// The number of members or items.
    pub fn len(&self, id: NodeId) -> usize {
        self.node(id).len as usize
    }

    /// Whether there is no member, no item, no character.
    pub fn is_empty(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::String => self.text(id).is_empty(),
            Kind::Object | Kind::Array => self.len(id) == 0,
            _ => false,
        }
    }

    /// Members of an object or items of an array, in the order of the text.
    pub fn children(&self, id: NodeId) -> Children<'_, 's> {
        Children { document: self, next: self.node(id).first }
    }

    /// The member of that name, the first if it was given twice.
    pub fn child(&self, id: NodeId, key: &str) -> Option<NodeId> {
        if self.kind(id) != Kind::Object {
            return None;
        }
        let tag = tag(key);
        self.children(id).find(|&child| self.node(child).tag == tag && self.key(child) == key)
    }

    /// The string member of that name.
    pub fn string(&self, id: NodeId, key: &str) -> Option<&str> {
        self.child(id, key).filter(|&n| self.kind(n) == Kind::String).map(|n| self.text(n))
    }

    /// The member that carries the id and extensions of the primitive `key`.
    pub fn sibling(&self, object: NodeId, key: &str) -> Option<NodeId> {
        if !self.node(object).paired {
            return None;
        }
        self.children(object).find(|&child| self.key(child).strip_prefix('_') == Some(key))
    }

    /// Whether the object has any member whose key begins with an underscore.
    pub fn is_paired(&self, id: NodeId) -> bool {
        self.node(id).paired
    }

    /// The node above.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id).parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    /// The position among the items of the array above.
    pub fn position(&self, id: NodeId) -> Option<usize> {
        self.parent(id).filter(|&p| self.kind(p) == Kind::Array)?;
        Some(self.node(id).index as usize)
    }

    /// Members whose key stood in the object before.
    pub fn repeated(&self) -> &[NodeId] {
        &self.repeated
    }

    /// RFC 6901.
    pub fn pointer(&self, id: NodeId) -> String {
        let mut steps = Vec::new();
        let mut at = id;
        while let Some(parent) = self.parent(at) {
            steps.push(match self.position(at) {
                Some(position) => position.to_string(),
                None => self.key(at).replace('~', "~0").replace('/', "~1"),
            });
            at = parent;
        }
        steps.iter().rev().fold(String::new(), |path, step| path + "/" + step.as_str())
    }

    /// Line and column (in characters) of an offset, both from 1.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.source.len());
        let (from, line, column) = match self.last_place.get() {
            last_place if last_place.0 <= offset => last_place,
            _ => (0, 1, 1),
        };
        let (lines, columns) = place(&self.source.as_bytes()[from..], offset - from);
        let found = if lines == 1 { (line, column + columns - 1) } else { (line + lines - 1, columns) };
        self.last_place.set((offset, found.0, found.1));
        found
    }
}

/// A number that equal keys share: their length, beginning and end.
fn tag(key: &str) -> u32 {
    let bytes = key.as_bytes();
    let four = |part: &[u8]| part.iter().fold(0_u32, |n, &b| n << 8 | u32::from(b));
    let end = bytes.len().saturating_sub(4);
    four(&bytes[..bytes.len().min(4)]) ^ four(&bytes[end..]).rotate_left(13) ^ (bytes.len() as u32) << 3
}

fn place(source: &[u8], offset: usize) -> (usize, usize) {
    let before = &source[..offset.min(source.len())];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
    let column = before[start..].iter().filter(|&&b| b & 0xC0 != 0x80).count() + 1;
    (line, column)
}

/// Members or items of a node.
pub struct Children<'d, 's> {
    document: &'d Document<'s>,
    next: u32,
}

impl Iterator for Children<'_, '_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next == NONE {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.document.node(id).next;
        Some(id)
    }
}
