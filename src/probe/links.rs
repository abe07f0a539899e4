//! Links to next pages, with what they name changed: the patient, the number of the page, and what decodes to them. A
//! server that keeps its state in the link must find that it was touched.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use url::Url;

/// Parameters whose numbers are the app's own to choose.
const OWN: [&str; 3] = ["_count", "count", "_pagesize"];

/// The link in every form that names `b` in the place of `a`, or another page.
pub fn altered_links(link: &Url, a: &str, b: &str) -> Vec<Url> {
    let pairs: Vec<(String, String)> = link.query_pairs().into_owned().collect();
    let mut all = Vec::new();
    for (at, (name, value)) in pairs.iter().enumerate() {
        for other in altered(name, value, a, b) {
            let mut url = link.clone();
            let changed = pairs
                .iter()
                .enumerate()
                .map(|(own, (name, value))| (name.as_str(), if own == at { other.as_str() } else { value.as_str() }));
            url.query_pairs_mut().clear().extend_pairs(changed);
            all.push(url);
        }
    }
    if link.path().contains(a) {
        let mut url = link.clone();
        url.set_path(&link.path().replace(a, b));
        all.push(url);
    }
    all
}

fn altered(name: &str, value: &str, a: &str, b: &str) -> Vec<String> {
    let mut all = Vec::new();
    if value.contains(a) {
        all.push(value.replace(a, b));
    }
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        let text = engine.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(text) = text.filter(|text| text.contains(a)) {
            all.push(engine.encode(text.replace(a, b)));
            break;
        }
    }
    if let Ok(number) = value.parse::<u64>()
        && !OWN.contains(&name)
    {
        all.push((number + 1).to_string());
        all.extend(number.checked_sub(1).map(|less| less.to_string()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_names_is_changed_wherever_it_stands() {
        let link = |query: &str| Url::parse(&format!("https://h.test/fhir/Observation?{query}")).unwrap();
        let queries = |query: &str| -> Vec<String> {
            altered_links(&link(query), "pat-1", "pat-2").iter().map(|url| url.query().unwrap().to_owned()).collect()
        };
        assert_eq!(queries("patient=pat-1&_count=10"), ["patient=pat-2&_count=10"]);
        assert_eq!(queries("page=7"), ["page=8", "page=6"]);
        let state = URL_SAFE_NO_PAD.encode(r#"{"patient":"pat-1","from":20}"#);
        let other = URL_SAFE_NO_PAD.encode(r#"{"patient":"pat-2","from":20}"#);
        assert_eq!(queries(&format!("state={state}")), [format!("state={other}")]);
        assert!(queries("cursor=AbCdEf").is_empty());
        let path = Url::parse("https://h.test/fhir/Patient/pat-1/Observation").unwrap();
        assert_eq!(altered_links(&path, "pat-1", "pat-2")[0].path(), "/fhir/Patient/pat-2/Observation");
    }
}
