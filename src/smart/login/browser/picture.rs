//! A picture of a page, as evidence: without what is filled in and, unless whole bodies are kept, without any text.

use crate::http::Door;
use crate::target::Bodies;
use serde_json::{Value, json};
use thirtyfour::WebDriver;

const COVER: &str = include_str!("picture.js");

/// A PNG of the page as it stands, in base64; none where none is wanted, or where it could not be covered. Whatever goes wrong, the
/// sign-in goes on.
pub(super) async fn picture(driver: &WebDriver, door: &Door) -> Option<String> {
    let choice = match door.bodies() {
        Bodies::Full => "fields",
        Bodies::Shape => "all",
        Bodies::None => return None,
    };
    let mut shown = cover(driver, json!(choice)).await;
    if let Some(text) = &shown
        && door.names_a_secret(text)
    {
        shown = cover(driver, json!("all")).await;
    }
    let picture = match shown {
        Some(_) => driver.screenshot_as_png_base64().await.ok(),
        None => None,
    };
    // Off again, also where only a part of it came on.
    cover(driver, Value::Null).await;
    picture
}

/// The text that the cover leaves readable; none where it does not hold.
async fn cover(driver: &WebDriver, choice: Value) -> Option<String> {
    let said = driver.execute(COVER, vec![choice]).await.ok()?;
    said.json().as_str().map(str::to_owned)
}
