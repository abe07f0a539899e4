//! Bundles: the full URL of an entry, and how it goes with the resource in it (R4 section 2.36.4).

use super::super::json::{Kind, NodeId};
use super::Walk;
use crate::record::IssueKind;

impl Walk<'_, '_, '_> {
    pub(super) fn bundle(&mut self, bundle: NodeId) {
        let document = self.document;
        let of = document.string(bundle, "type").unwrap_or_default();
        let needed = !matches!(of, "transaction" | "batch" | "transaction-response" | "batch-response");
        let Some(list) = document.child(bundle, "entry").filter(|&n| document.kind(n) == Kind::Array) else { return };
        for entry in document.children(list) {
            let resource = document.child(entry, "resource").filter(|&n| document.kind(n) == Kind::Object);
            let url = document.child(entry, "fullUrl").filter(|&n| document.kind(n) == Kind::String);
            match (url, resource) {
                (None, Some(resource))
                    if needed && document.string(resource, "resourceType") != Some("OperationOutcome") =>
                {
                    self.raise(entry, IssueKind::FullUrl, "fullUrl, as the entry has a resource".into());
                }
                (Some(url), resource) => self.full_url(url, resource),
                _ => {}
            }
        }
    }

    fn full_url(&mut self, at: NodeId, resource: Option<NodeId>) {
        let document = self.document;
        let url = document.text(at);
        if !url.contains(':') {
            return self.raise(at, IssueKind::FullUrl, "an absolute URL".into());
        }
        let Some(resource) = resource else { return };
        let (Some(of), Some(id)) = (document.string(resource, "resourceType"), document.string(resource, "id")) else {
            return;
        };
        // A URL of a server names the resource by type and id; a URN names none.
        let mut parts = url.rsplit('/');
        let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if url.starts_with("http") && self.library.type_(before).is_some() && (last != id || before != of) {
            self.raise(at, IssueKind::FullUrl, "a full URL that ends in the type and id of its resource".into());
        }
    }
}
