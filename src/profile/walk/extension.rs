//! Extensions: judged by the definition that their URL names, and only where that definition allows them.

use super::super::json::NodeId;
use super::super::rules::{Context, Rule, Structure};
use super::{Standing, Walk};
use crate::record::IssueKind;

impl<'l> Walk<'l, '_, '_> {
    /// Judges an extension by its own definition.
    pub(super) fn extension(&mut self, node: NodeId, standing: Standing) {
        let document = self.document;
        let Some(url) = document.string(node, "url") else { return };
        let list = document.parent(node);
        let modifier = list.is_some_and(|l| document.key(l) == "modifierExtension");
        let owner = list.and_then(|l| document.parent(l));
        // Within an extension the short names are the definition's own, and it was judged by them.
        let inner = owner.is_some_and(|o| document.child(o, "url").is_some() && is_extension_list(document, o));
        if inner && !url.contains(':') {
            return self.sub_extension(node);
        }
        let Some(definition) = self.library.structure(url).filter(|s| s.of == "Extension") else {
            if !url.contains(':') {
                return self.raise(node, IssueKind::ExtensionUnknown, "an absolute URL".into());
            }
            let what = format!("extension {url}");
            return self.leave_open(what, "no compiled package has its definition".to_owned());
        };
        if definition.url == "http://hl7.org/fhir/StructureDefinition/Extension" {
            return;
        }
        if let Some(owner) = owner
            && !self.is_allowed(owner, definition)
        {
            let places: Vec<_> = definition.contexts.iter().map(|c| c.expression.as_str()).collect();
            let expected = format!("the extension {} on {} only", definition.name, places.join(" or "));
            self.raise(node, IssueKind::ExtensionContext, expected);
        }
        if definition.modifier != modifier {
            let list = if definition.modifier { "modifierExtension" } else { "extension" };
            self.raise(node, IssueKind::ExtensionModifier, format!("{} in {list}", definition.name));
        }
        let trail = std::mem::take(&mut self.trail);
        self.overlay(node.into(), definition, &definition.root, standing);
        self.trail = trail;
    }

    /// A short name must be one that the definition of the extension around gives.
    fn sub_extension(&mut self, node: NodeId) {
        let document = self.document;
        // The names from the extension with a definition down to this one.
        let mut names = Vec::new();
        let mut at = Some(node);
        let definition = loop {
            let Some(url) = at.and_then(|n| document.string(n, "url")) else { return };
            if url.contains(':') {
                break self.library.structure(url).filter(|s| s.of == "Extension" && s.profile);
            }
            names.push(url);
            at = at.and_then(|n| document.parent(n)).and_then(|list| document.parent(list));
        };
        // Without the definition nothing is known; that is told of the extension around.
        let Some(definition) = definition else { return };
        let mut rule = &definition.root;
        while let Some(name) = names.pop() {
            let list = rule.children.iter().find(|child| child.name == "extension");
            let named = list.and_then(|list| list.slices.iter().find(|slice| is_named(slice, name)));
            match named {
                Some(slice) => rule = slice,
                None if names.is_empty() => {
                    let expected = format!("a part that the extension {} defines", definition.name);
                    return self.raise(node, IssueKind::ExtensionUnknown, expected);
                }
                // The part around is unknown, and that is told there.
                None => return,
            }
        }
    }

    fn is_allowed(&self, owner: NodeId, definition: &Structure) -> bool {
        if definition.contexts.is_empty() {
            return true;
        }
        let mut names = super::super::place::definitions(self.library, self.document, owner);
        names.push("Element".to_owned());
        definition.contexts.iter().any(|context| self.is_context(owner, context, &names))
    }

    fn is_context(&self, owner: NodeId, context: &Context, names: &[String]) -> bool {
        match context.kind.as_str() {
            "extension" => self.document.string(owner, "url") == Some(&context.expression),
            "element" => {
                let wanted = context.expression.as_str();
                // A profile's element is known by the profile, not by the place; what cannot be told is allowed.
                wanted.contains("://") || wanted.contains(':') || names.iter().any(|n| n == wanted)
            }
            // An expression on the whole resource says nothing that the text alone decides.
            _ => true,
        }
    }
}

/// Whether the slice is of the sub-extensions of that name.
fn is_named(slice: &Rule, name: &str) -> bool {
    let url = slice.children.iter().find(|child| child.name == "url");
    url.and_then(|url| url.fixed.as_ref()).and_then(|fixed| fixed.as_str()) == Some(name)
}

fn is_extension_list(document: &super::Document<'_>, owner: NodeId) -> bool {
    document.parent(owner).is_some_and(|list| matches!(document.key(list), "extension" | "modifierExtension"))
}
