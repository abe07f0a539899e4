//! A terminology service's word on a code: `ValueSet/$validate-code` (R4 section 4.9.18.3).

use url::Url;

use crate::http::{Call, Door, NoAnswer};

/// Whether the service holds the code to be of the value set; nothing if it does not say.
///
/// # Errors
/// The service gave no answer.
pub async fn is_member(
    door: &Door,
    base: &Url,
    value_set: &str,
    system: Option<&str>,
    code: &str,
) -> Result<Option<bool>, NoAnswer> {
    let mut url = crate::target::join(base, "ValueSet/$validate-code");
    url.query_pairs_mut().append_pair("url", value_set).append_pair("code", code);
    match system {
        Some(system) => url.query_pairs_mut().append_pair("system", system),
        None => url.query_pairs_mut().append_pair("inferSystem", "true"),
    };
    let call = Call::get(url, "ask the terminology service").header("Accept", "application/fhir+json");
    let answer = door.send(call).await?;
    if !answer.is_success() {
        return Ok(None);
    }
    let Ok(body) = answer.json() else { return Ok(None) };
    let mut parameters = body["parameter"].as_array().into_iter().flatten();
    Ok(parameters.find(|p| p["name"] == "result").and_then(|p| p["valueBoolean"].as_bool()))
}
