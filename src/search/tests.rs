use super::*;

#[test]
fn anchors_of_us_core() {
    let library = Library::embedded();
    for a in anchors(library) {
        println!("{} {} {:?} {:?}", a.of, a.patient, a.fixed, a.status);
    }
    let m = Meaning::of(library);
    for (of, r) in &library.index().resources {
        for code in r.parameters.keys() {
            if m.parameter(of, code).is_none() { println!("NONE {of} {code}"); }
        }
    }
    for g in groups(library) { println!("{} {}", g.name, g.of); }
    for r in crate::tenant::records("harbor", 61) {
        let of = r["resourceType"].as_str().unwrap();
        let v = m.values(of, &r.to_string());
        if r["id"].as_str().unwrap().starts_with('1') { println!("{of} {v:?}"); }
    }
}
