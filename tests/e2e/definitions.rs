//! FHIR packages made from the committed rules: the definitions of R4, and those of a guide that differs as a test wants.

use serde_json::{Map, Value, json};
use std::path::Path;

/// Where US Core's own definitions are.
pub const US_CORE: &str = "http://hl7.org/fhir/us/core/";
const EXTENSIONS: &str = "http://hl7.org/fhir/StructureDefinition/";

/// A guide's name, version and definitions, and R4's own.
pub struct Definitions {
    pub name: String,
    pub version: String,
    base: Vec<Value>,
    guide: Vec<Value>,
    /// What the CapabilityStatement is made of: `index.json`.
    pub index: Value,
}

impl Definitions {
    /// The definitions behind the embedded US Core 6.1.0.
    pub fn embedded() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/us-core-6.1.0");
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let lines =
            |name: &str| -> Vec<Value> { text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
        let index: Value = serde_json::from_str(&text("index.json")).unwrap();
        let mut all: Vec<Value> = lines("structures.jsonl").iter().map(structure).collect();
        all.extend(lines("terms.jsonl").iter().filter_map(value_set));
        all.extend(lines("systems.jsonl").iter().map(code_system));
        all.extend(search_parameters(&index["search_parameters"]));
        all.extend(entries(&index["compartments"]).map(|(code, members)| compartment(code, members)));
        let (guide, base) =
            all.into_iter().partition(|d| d["url"].as_str().is_some_and(|url| url.starts_with(US_CORE)));
        Self { name: "hl7.fhir.us.core".to_owned(), version: "6.1.0".to_owned(), base, guide, index }
    }

    /// Takes what the guide says of a type out of it. An element that led there is not narrowed, nor must-support.
    pub fn without_type(&mut self, of: &str) {
        assert!(self.resources().remove(of).is_some(), "the guide knows {of}");
        let is_own =
            |definition: &Value| definition["resourceType"] == "StructureDefinition" && definition["type"] == of;
        let (gone, kept): (Vec<Value>, Vec<Value>) = std::mem::take(&mut self.guide).into_iter().partition(is_own);
        self.guide = kept;
        let leads_there = |element: &&mut Value| {
            let targets = items(&element["type"]).flat_map(|own| items(&own["targetProfile"]));
            targets.into_iter().any(|target| gone.iter().any(|definition| definition["url"] == *target))
        };
        let elements = self.guide.iter_mut().filter_map(|definition| definition["snapshot"]["element"].as_array_mut());
        for element in elements.flatten().filter(leads_there) {
            element["type"] = json!([]);
            element["mustSupport"] = json!(false);
        }
        for own in self.resources().values_mut() {
            own["includes"].as_object_mut().unwrap().retain(|include, _| !include.ends_with(&format!(":{of}")));
        }
    }

    /// Takes a profile out of the guide.
    pub fn without_profile(&mut self, id: &str) {
        let url = format!("{US_CORE}StructureDefinition/{id}");
        let count = self.guide.len();
        self.guide.retain(|definition| definition["url"] != *url);
        assert_eq!(self.guide.len(), count - 1, "the guide has {id}");
    }

    /// Adds a profile and what the CapabilityStatement says of its type.
    pub fn with_type(&mut self, of: &str, id: &str, elements: Value, said: Value) {
        let url = format!("{US_CORE}StructureDefinition/{id}");
        self.guide.push(json!({
            "resourceType": "StructureDefinition", "url": url, "name": id, "type": of, "kind": "resource",
            "derivation": "constraint", "baseDefinition": format!("{EXTENSIONS}{of}"), "snapshot": { "element": elements },
        }));
        let mut said = said;
        said["profiles"] = json!([url]);
        self.resources().insert(of.to_owned(), said);
    }

    /// What the CapabilityStatement says, by type.
    pub fn resources(&mut self) -> &mut Map<String, Value> {
        self.index["resources"].as_object_mut().unwrap()
    }

    /// Writes both packages into `folder` and returns their folders, the base first.
    pub fn write(&self, folder: &Path) -> [String; 2] {
        let package = |folder: &Path, name: &str, version: &str, all: &[Value]| {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("package.json"), json!({ "name": name, "version": version }).to_string())
                .unwrap();
            std::fs::write(folder.join("definitions.json"), serde_json::to_string(all).unwrap()).unwrap();
            folder.to_str().unwrap().to_owned()
        };
        let mut guide = self.guide.clone();
        guide.push(capability_statement(&self.index["resources"]));
        [
            package(&folder.join("base"), "hl7.fhir.r4.core", "4.0.1", &self.base),
            package(&folder.join("guide"), &self.name, &self.version, &guide),
        ]
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn structure(own: &Value) -> Value {
    let mut elements = Vec::new();
    add(&own["root"], "", "", &mut elements);
    if own["modifier"] == true {
        elements[0]["isModifier"] = json!(true);
    }
    json!({
        "resourceType": "StructureDefinition", "url": own["url"], "version": own["version"], "name": own["name"],
        "type": own["type"], "abstract": own["abstract"] == true, "baseDefinition": own["base"],
        "kind": match own["kind"].as_str().unwrap() {
            "complex" => "complex-type",
            "primitive" => "primitive-type",
            other => other,
        },
        "derivation": if own["profile"] == true { "constraint" } else { "specialization" },
        "context": own["contexts"], "snapshot": { "element": elements },
    })
}

/// The element of a rule, those below it and its slices, as a snapshot lists them.
fn add(rule: &Value, id: &str, path: &str, out: &mut Vec<Value>) {
    let name = format!("{}{}", rule["name"].as_str().unwrap(), if rule["choice"] == true { "[x]" } else { "" });
    let slice = rule["slice"].as_str().map(|slice| format!(":{slice}")).unwrap_or_default();
    let (own, here) = (format!("{id}{name}{slice}"), format!("{path}{name}"));
    let mut element = json!({
        "id": own, "path": here, "min": rule["min"].as_u64().unwrap_or(0),
        "max": rule["max"].as_u64().map_or("*".to_owned(), |most| most.to_string()),
        "mustSupport": rule["must_support"] == true,
        "type": items(&rule["types"]).map(type_of).collect::<Vec<_>>(),
        "constraint": items(&rule["constraints"]).map(|c| json!({
            "key": c["key"], "expression": c["expression"],
            "severity": if c["warning"] == true { "warning" } else { "error" },
        })).collect::<Vec<_>>(),
    });
    // The ending is the type's name, which the compiler does not look at.
    for (member, key) in [
        ("fixed", "fixedValue"),
        ("pattern", "patternValue"),
        ("min_value", "minValueValue"),
        ("max_value", "maxValueValue"),
        ("max_length", "maxLength"),
        ("slicing", "slicing"),
    ] {
        if !rule[member].is_null() {
            element[key] = rule[member].clone();
        }
    }
    if let Some(discriminators) = rule["slicing"].get("discriminators") {
        element["slicing"]["discriminator"] = discriminators.clone();
    }
    if let Some(same) = rule["same_as"].as_str() {
        element["contentReference"] = json!(format!("#{same}"));
    }
    if let Some(binding) = rule.get("binding") {
        element["binding"] = json!({ "strength": binding["strength"], "valueSet": binding["value_set"] });
        if let Some(most) = binding.get("max") {
            let url = format!("{EXTENSIONS}elementdefinition-maxValueSet");
            element["binding"]["extension"] = json!([{ "url": url, "valueCanonical": most }]);
        }
    }
    out.push(element);
    for child in items(&rule["children"]) {
        add(child, &format!("{own}."), &format!("{here}."), out);
    }
    for slice in items(&rule["slices"]) {
        add(slice, id, path, out);
    }
}

fn type_of(own: &Value) -> Value {
    let mut out = json!({ "code": own["code"] });
    for (member, key) in [("profiles", "profile"), ("targets", "targetProfile")] {
        if let Some(urls) = own.get(member) {
            out[key] = urls.clone();
        }
    }
    let mark = json!([{ "url": format!("{EXTENSIONS}elementdefinition-type-must-support"), "valueBoolean": true }]);
    if own["must_support"] == true {
        out["extension"] = mark.clone();
    }
    // The marks stand beside the targets, each at the place of its own.
    let supported: Vec<&Value> = items(&own["supported_targets"]).collect();
    if !supported.is_empty() {
        let marked =
            |target: &Value| if supported.contains(&target) { json!({ "extension": mark }) } else { Value::Null };
        out["_targetProfile"] = items(&own["targets"]).map(marked).collect();
    }
    out
}

/// A value set with its codes; none where the packages had none either.
fn value_set(own: &Value) -> Option<Value> {
    let codes = |list: &Value| items(list).map(|code| json!({ "code": code })).collect::<Vec<_>>();
    let mut include: Vec<Value> = Vec::new();
    let mut exclude: Vec<Value> = Vec::new();
    for part in items(&own["include"]) {
        include.push(json!({ "system": part["system"], "concept": codes(&part["codes"]) }));
        if part.get("but").is_some() {
            exclude.push(json!({ "system": part["system"], "concept": codes(&part["but"]) }));
        }
    }
    for open in items(&own["open"]) {
        if open["reason"].as_str().is_some_and(|reason| reason.starts_with("no package has the value set")) {
            continue;
        }
        let system = open["system"].as_str().unwrap_or("urn:of-no-package");
        include.push(json!({ "system": system, "filter": [{ "op": "unknown", "property": "x", "value": "x" }] }));
    }
    let known = !include.is_empty();
    known.then(|| json!({ "resourceType": "ValueSet", "url": own["url"], "compose": { "include": include, "exclude": exclude } }))
}

fn code_system(own: &Value) -> Value {
    let concept: Vec<Value> = items(&own["codes"]).map(|code| json!({ "code": code })).collect();
    json!({
        "resourceType": "CodeSystem", "url": own["url"], "content": "complete", "concept": concept,
        "caseSensitive": own["case_insensitive"] != true,
    })
}

fn expected(strength: &Value) -> Value {
    let url = format!("{EXTENSIONS}capabilitystatement-expectation");
    if strength.as_str().unwrap_or_default().is_empty() {
        json!({})
    } else {
        json!({ "extension": [{ "url": url, "valueCode": strength }] })
    }
}

/// The names of a map as a list, and their strengths as the list beside it.
fn listed(map: &Value) -> (Vec<&String>, Vec<Value>) {
    entries(map).map(|(name, strength)| (name, expected(strength))).unzip()
}

fn search_parameters(index: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    for (of, own) in entries(index) {
        for (code, parameter) in entries(own) {
            let (comparator, beside_comparator) = listed(&parameter["comparators"]);
            let (modifier, beside_modifier) = listed(&parameter["modifiers"]);
            out.push(json!({
                "resourceType": "SearchParameter", "url": parameter["url"], "base": [of], "code": code,
                "type": parameter["type"], "expression": parameter["expression"], "target": parameter["targets"],
                "comparator": comparator, "_comparator": beside_comparator, "modifier": modifier, "_modifier": beside_modifier,
                "_multipleOr": expected(&parameter["multiple_or"]), "_multipleAnd": expected(&parameter["multiple_and"]),
            }));
        }
    }
    out
}

fn compartment(code: &str, members: &Value) -> Value {
    let resource: Vec<Value> = entries(members).map(|(of, names)| json!({ "code": of, "param": names })).collect();
    json!({
        "resourceType": "CompartmentDefinition", "url": format!("http://hl7.org/fhir/CompartmentDefinition/{code}"),
        "code": code, "resource": resource,
    })
}

fn capability_statement(resources: &Value) -> Value {
    let named = |key: &str, name: &str, strength: &Value| {
        let mut out = expected(strength);
        out[key] = json!(name);
        out
    };
    let resource = entries(resources).map(|(of, own)| {
        let mut extension: Vec<Value> = items(&expected(&own["expectation"])["extension"]).cloned().collect();
        for (names, strength) in entries(&own["combinations"]) {
            let required = names.split('+').map(|name| json!({ "url": "required", "valueString": name }));
            let mut parts: Vec<Value> = items(&expected(strength)["extension"]).cloned().collect();
            parts.extend(required);
            let url = format!("{EXTENSIONS}capabilitystatement-search-parameter-combination");
            extension.push(json!({ "url": url, "extension": parts }));
        }
        let interactions = items(&own["interactions"]);
        let (include, beside_include) = listed(&own["includes"]);
        let (reverse, beside_reverse) = listed(&own["reverse_includes"]);
        json!({
            "type": of, "extension": extension, "supportedProfile": own["profiles"],
            "interaction": interactions.map(|i| named("code", i["code"].as_str().unwrap(), &i["expectation"])).collect::<Vec<_>>(),
            "searchParam": entries(&own["parameters"]).map(|(name, s)| named("name", name, s)).collect::<Vec<_>>(),
            "operation": entries(&own["operations"]).map(|(name, s)| named("name", name, s)).collect::<Vec<_>>(),
            "searchInclude": include, "_searchInclude": beside_include,
            "searchRevInclude": reverse, "_searchRevInclude": beside_reverse,
        })
    });
    json!({
        "resourceType": "CapabilityStatement", "url": format!("{US_CORE}CapabilityStatement/us-core-server"),
        "kind": "requirements", "rest": [{ "mode": "server", "resource": resource.collect::<Vec<_>>() }],
    })
}
