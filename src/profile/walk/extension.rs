//! Extensions: judged by the definition that their URL names, and only where that definition allows them.

use super::super::json::NodeId;
use super::super::rules::{Context, Structure};
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
            return;
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

fn is_extension_list(document: &super::Document<'_>, owner: NodeId) -> bool {
    document.parent(owner).is_some_and(|list| matches!(document.key(list), "extension" | "modifierExtension"))
}
