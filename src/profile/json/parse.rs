//! The reading of a JSON text into the flat tree.

use std::collections::HashSet;

use super::{DEPTH, Document, Kind, NONE, Node, NodeId, tag};

/// What was expected, and where.
pub(super) type Fault = (&'static str, usize);

/// From this many members on, repeated keys are found with a set instead of a look at each.
const MANY: u32 = 24;

impl<'s> Document<'s> {
    pub(super) fn space(&self, at: &mut usize) {
        let bytes = self.source.as_bytes();
        while bytes.get(*at).is_some_and(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')) {
            *at += 1;
        }
    }

    pub(super) fn value(
        &mut self,
        at: &mut usize,
        parent: u32,
        key: (u32, u32),
        plain_key: u32,
        depth: usize,
    ) -> Result<u32, Fault> {
        self.space(at);
        let bytes = self.source.as_bytes();
        let start = *at;
        let id = self.nodes.len();
        let kind = match bytes.get(start) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            _ => return Err(("a value", start)),
        };
        self.nodes.push(Node {
            kind,
            paired: false,
            plain: 0,
            plain_key,
            tag: 0,
            key,
            span: (start as u32, start as u32),
            first: NONE,
            next: NONE,
            parent,
            index: 0,
            len: 0,
        });
        match kind {
            Kind::Object | Kind::Array if depth >= DEPTH => return Err(("less nesting than 96 levels", start)),
            Kind::Object => self.object(at, id, depth)?,
            Kind::Array => self.array(at, id, depth)?,
            Kind::String => self.nodes[id].plain = self.string_at(at)?,
            Kind::Number => number(bytes, at)?,
            Kind::Boolean | Kind::Null => {
                let word = ["true", "false", "null"].into_iter().find(|w| self.source[start..].starts_with(w));
                *at += word.ok_or(("true, false or null", start))?.len();
            }
        }
        self.nodes[id].span.1 = *at as u32;
        if key.0 > 0 {
            self.nodes[id].tag = tag(self.key(NodeId(id as u32)));
        }
        Ok(id as u32)
    }

    fn link(&mut self, parent: usize, last: &mut u32, child: u32) {
        if *last == NONE {
            self.nodes[parent].first = child;
        } else {
            self.nodes[*last as usize].next = child;
        }
        self.nodes[child as usize].index = self.nodes[parent].len;
        self.nodes[parent].len += 1;
        *last = child;
    }

    fn array(&mut self, at: &mut usize, id: usize, depth: usize) -> Result<(), Fault> {
        *at += 1;
        let mut last = NONE;
        loop {
            self.space(at);
            match self.source.as_bytes().get(*at) {
                Some(b']') if last == NONE => break *at += 1,
                _ => {}
            }
            let child = self.value(at, id as u32, (0, 0), 0, depth + 1)?;
            self.link(id, &mut last, child);
            self.space(at);
            match self.source.as_bytes().get(*at) {
                Some(b',') => *at += 1,
                Some(b']') => break *at += 1,
                _ => return Err(("',' or ']'", *at)),
            }
        }
        Ok(())
    }

    fn object(&mut self, at: &mut usize, id: usize, depth: usize) -> Result<(), Fault> {
        *at += 1;
        let mut last = NONE;
        let mut seen: HashSet<Box<str>> = HashSet::new();
        loop {
            self.space(at);
            match self.source.as_bytes().get(*at) {
                Some(b'}') if last == NONE => break *at += 1,
                Some(b'"') => {}
                _ => return Err(("a key in double quotes", *at)),
            }
            let start = *at + 1;
            let plain_key = self.string_at(at)?;
            let key = (start as u32, *at as u32 - 1);
            if self.source.as_bytes().get(start) == Some(&b'_') {
                self.nodes[id].paired = true;
            }
            self.space(at);
            if self.source.as_bytes().get(*at) != Some(&b':') {
                return Err(("':'", *at));
            }
            *at += 1;
            let child = self.value(at, id as u32, key, plain_key, depth + 1)?;
            if self.is_repeated(NodeId(id as u32), NodeId(child), &mut seen) {
                self.repeated.push(NodeId(child));
            }
            self.link(id, &mut last, child);
            self.space(at);
            match self.source.as_bytes().get(*at) {
                Some(b',') => *at += 1,
                Some(b'}') => break *at += 1,
                _ => return Err(("',' or '}'", *at)),
            }
        }
        Ok(())
    }

    fn is_repeated(&self, object: NodeId, child: NodeId, seen: &mut HashSet<Box<str>>) -> bool {
        let name = self.key(child);
        let tag = self.node(child).tag;
        let count = self.node(object).len;
        if count < MANY {
            return self.children(object).any(|n| self.node(n).tag == tag && self.key(n) == name);
        }
        if count == MANY {
            seen.extend(self.children(object).map(|n| Box::from(self.key(n))));
        }
        !seen.insert(name.into())
    }

    /// Passes over a string; 0 if it stands in the source as it is, else 1 + its place among the unescaped.
    fn string_at(&mut self, at: &mut usize) -> Result<u32, Fault> {
        let bytes = self.source.as_bytes();
        let start = *at + 1;
        let mut end = start;
        let mut escaped = false;
        loop {
            let Some(rest) = bytes.get(end..) else { return Err(("the closing '\"' of a string", bytes.len())) };
            let Some(hit) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(("the closing '\"' of a string", bytes.len()));
            };
            end += hit;
            if bytes[end] == b'"' {
                break;
            }
            escaped = true;
            end += 2;
        }
        // Without an early end, so that many bytes are looked at at once.
        if bytes[start..end].iter().fold(false, |found, &b| found | (b < 0x20)) {
            let control = bytes[start..end].iter().position(|&b| b < 0x20).unwrap_or_default();
            return Err(("a string without raw control characters", start + control));
        }
        *at = end + 1;
        if !escaped {
            return Ok(0);
        }
        let text: String =
            serde_json::from_str(&self.source[start - 1..=end]).map_err(|_| ("a valid escape in the string", start))?;
        self.unescaped.push(text.into());
        Ok(self.unescaped.len() as u32)
    }
}

fn number(bytes: &[u8], at: &mut usize) -> Result<(), Fault> {
    let digits = |at: &mut usize| {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        if *at == start { Err(("a digit", start)) } else { Ok(()) }
    };
    if bytes[*at] == b'-' {
        *at += 1;
    }
    let zero = bytes.get(*at) == Some(&b'0');
    let start = *at;
    digits(at)?;
    if zero && *at > start + 1 {
        return Err(("a number without leading zeros", start));
    }
    if bytes.get(*at) == Some(&b'.') {
        *at += 1;
        digits(at)?;
    }
    if matches!(bytes.get(*at), Some(b'e' | b'E')) {
        *at += 1;
        if matches!(bytes.get(*at), Some(b'+' | b'-')) {
            *at += 1;
        }
        digits(at)?;
    }
    Ok(())
}
