//! The parameters of an OAuth request: in the order of the form, each name once.

/// Sets a parameter, or removes it.
pub(super) fn set(parameters: &mut Vec<(String, String)>, name: &str, value: Option<&str>) {
    match (parameters.iter_mut().find(|(key, _)| key == name), value) {
        (Some(pair), Some(value)) => value.clone_into(&mut pair.1),
        (None, Some(value)) => parameters.push((name.to_owned(), value.to_owned())),
        (_, None) => parameters.retain(|(key, _)| key != name),
    }
}

/// The value of a parameter.
pub(super) fn get<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
