//! Reports in an object store: a folder that stands for one, and one that is spoken to over HTTP.

use crate::{probity, ran};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

const KEY: &str = "this-is-not-told-1234567890";

/// Objects by their paths.
type Objects = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// As much of S3 as a store needs: objects are put, listed and read, and nothing without a signature.
async fn s3(
    State(objects): State<Objects>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let signed = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signed.starts_with("AWS4-HMAC-SHA256 Credential=runner/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut objects = objects.lock().unwrap();
    let named = uri.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
    match method {
        Method::PUT => {
            objects.insert(named, body);
            ([("etag", "\"1\"")], "").into_response()
        }
        Method::GET if named.is_empty() => {
            let query: BTreeMap<String, String> =
                url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
            let mut text = String::from("<ListBucketResult>");
            for (name, bytes) in objects.iter().filter(|(name, _)| name.starts_with(&query["prefix"])) {
                let size = bytes.len();
                let _ = write!(
                    text,
                    "<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>"
                );
            }
            (text + "</ListBucketResult>").into_response()
        }
        _ => match objects.get(&named) {
            Some(bytes) => {
                let headers = [("etag", "\"1\""), ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")];
                (headers, bytes.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

#[test]
fn parts_go_through_a_bucket_and_come_back_whole() {
    let (objects, runtime) = (Objects::default(), tokio::runtime::Runtime::new().unwrap());
    let socket = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let endpoint = format!("http://{}", socket.local_addr().unwrap());
    let router = Router::new().fallback(s3).with_state(Arc::clone(&objects));
    runtime.spawn(async move { axum::serve(socket, router.layer(axum::extract::DefaultBodyLimit::disable())).await });
    let folder = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let mut command = probity(folder.path(), arguments);
        command.envs([("AWS_ENDPOINT", endpoint.as_str()), ("AWS_ALLOW_HTTP", "true"), ("AWS_REGION", "here")]);
        ran(command.envs([("AWS_ACCESS_KEY_ID", "runner"), ("AWS_SECRET_ACCESS_KEY", KEY)]))
    };
    for part in ["1", "2"] {
        let (shard, store, out) =
            (format!("{part}/2"), format!("s3://bucket/fleet/parts/{part}"), format!("own/{part}"));
        let (code, out, err) = told(&["run", "pkce", "--shard", &shard, "--out", &out, "--store", &store, "--quiet"]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains(&format!("files to {store}")) && ![&out, &err].iter().any(|text| text.contains(KEY)));
    }
    let (code, out, err) =
        told(&["merge", "s3://bucket/fleet/parts", "--out", "merged", "--store", "s3://bucket/fleet/whole"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(!folder.path().join("merged/.fetched-0").exists());
    let objects = objects.lock().unwrap();
    for (name, beside) in
        [("fleet/whole/fleet.html", "fleet.html"), ("fleet/whole/embedded/run.json", "embedded/run.json")]
    {
        assert_eq!(objects[name], std::fs::read(folder.path().join("merged").join(beside)).unwrap(), "{name}");
    }
    assert!(objects.contains_key("fleet/parts/2/report.html"), "{:?}", objects.keys());
}

#[test]
fn a_folder_stands_for_a_store_and_what_an_earlier_run_left_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("file://{}/store", folder.path().display());
    std::fs::create_dir(folder.path().join("store")).unwrap();
    for _ in 0..2 {
        let (code, out, err) =
            ran(&mut probity(folder.path(), &["run", "pkce", "--out", "own", "--store", &place, "--quiet"]));
        assert_eq!(code, 0, "{out}{err}");
    }
    assert!(folder.path().join("own/previous/run.json").exists());
    assert!(folder.path().join("store/run.json").exists() && !folder.path().join("store/previous").exists());
    let (code, _, err) = ran(&mut probity(folder.path(), &["merge", &place, "--out", "merged"]));
    assert_eq!(code, 0, "{err}");
}

#[test]
fn an_address_that_is_none_is_told_before_the_run_and_a_store_that_does_not_answer_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let told = |store: &str| {
        let arguments = ["run", "pkce.wrong-verifier", "--out", "own", "--store", store, "--quiet"];
        ran(&mut probity(folder.path(), &arguments))
    };
    for (store, why) in [
        ("s3//bucket", "this is no place in an object store"),
        ("ftp://bucket/path", "`ftp` is not known"),
        ("s3://me:secret-word@bucket/path", "credentials belong in the environment"),
    ] {
        let (code, out, err) = told(store);
        assert_eq!(code, 2, "{store}: {out}{err}");
        assert!(err.contains(why) && !err.contains("secret-word"), "{store}: {err}");
        assert!(!folder.path().join("own").exists(), "{store}");
    }
    // A file where the folder should be.
    std::fs::write(folder.path().join("taken"), "").unwrap();
    let (code, out, err) = told(&format!("file://{}/taken", folder.path().display()));
    assert_eq!(code, 5, "{out}{err}");
    assert!(folder.path().join("own/run.json").exists(), "{out}{err}");
}
