//! Ways to ask for another patient's record: each a few requests, written as they go out.
//!
//! A request is `METHOD path | Header: value || body`. The path is below the FHIR base. Names in braces are filled in for
//! each pair of patients: `{a}` asks with their own token for the record of `{b}`. A request with `{Type}` is made for every
//! type that b's record shows. Further names: `{search}`, what finds the type for b; `{rest}`, that without the patient;
//! `{patient}`, the parameter that names the patient; `{b.id}`, `{b.version}`, `{a.id}`, of that type; and what a record
//! shows, such as `{b.identifier}` or `{b.Encounter}`.

use super::attack::{About, Attack, Control, Made};

/// What is asked to reach another patient's record, by one way.
#[derive(Default)]
pub struct Crossing {
    /// The requests.
    pub asks: Vec<&'static str>,
    /// What must show the record to its owner, if not each request itself.
    pub control: Option<&'static str>,
}

impl Crossing {
    /// What a way asks.
    pub fn by(way: Way) -> Self {
        let mut crossing = Self::default();
        // A way needs nothing but the two patients that it is made for.
        let _: Made = way.make(&mut crossing);
        crossing
    }
}

macro_rules! ways {
    ($($matters:literal, control $control:expr => {
        $($variant:ident $words:literal [$first:literal $(, $more:literal)* $(,)?])+
    })+) => {
        /// How one patient's token is used to ask for another's record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Way {
            $($(#[doc = $words] $variant,)+)+
        }

        impl Attack for Way {
            type Subject = Crossing;
            const TOPIC: &'static str = "Way";
            const ALTERS: &'static str = "How one patient's token is used to ask for another's record.";
            const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            fn about(self) -> &'static About {
                match self {
                    $($(Self::$variant => const {
                        &About {
                            topic: "Way",
                            words: $words,
                            does: concat!("sends `", $first, "`" $(, ", `", $more, "`")*),
                            matters: $matters,
                            right: "a refusal or an empty answer, with nothing of the other patient in it",
                            needs: &[super::attack::Need::SecondPatient],
                            intrudes: &[],
                            control: Control::Reached,
                        }
                    },)+)+
                }
            }

            fn make(self, subject: &mut Crossing) -> Made {
                match self {
                    $($(Self::$variant => {
                        subject.asks = vec![$first $(, $more)*];
                        subject.control = $control;
                    })+)+
                }
                Ok(())
            }
        }
    };
}

ways! {
    "every form of a read needs the fence that the plain read has", control None => {
        Read "reading the Patient" ["GET Patient/{b}"]
        ReadObservation "reading an Observation" ["GET Observation/{b.Observation}"]
        ReadClinical "reading a resource" ["GET {Type}/{b.id}"]
        Version "reading a version" ["GET {Type}/{b.id}/_history/{b.version}"]
        History "the history of a resource" ["GET {Type}/{b.id}/_history", "GET {Type}/{b.id}/_history?_since=2000-01-01"]
        TypeHistory "the history of a type" ["GET {Type}/_history?_count=50"]
        SystemHistory "the history of the server" ["GET _history?_count=50"]
        Head "HEAD" ["HEAD {Type}/{b.id}"]
        Parts "reading parts of a resource" [
            "GET {Type}/{b.id}?_summary=true", "GET {Type}/{b.id}?_elements=id", "GET {Type}/{b.id}?_summary=text",
            "GET {Type}/{b.id}?_summary=data", "GET {Type}/{b.id}?_pretty=true",
        ]
        Formats "reading in another format" [
            "GET {Type}/{b.id}?_format=json", "GET {Type}/{b.id}?_format=xml", "GET {Type}/{b.id}?_format=html",
            "GET {Type}/{b.id}?_format=ttl", "GET {Type}/{b.id} | Accept: application/fhir+xml",
            "GET {Type}/{b.id} | Accept: text/html", "GET {Type}/{b.id} | Accept: text/csv", "GET {Type}/{b.id}.json",
        ]
        Binary "reading a Binary" [
            "GET Binary/{b.Binary} | Accept: application/fhir+json", "GET Binary/{b.Binary} | Accept: */*",
            "GET {b.attachment} | Accept: application/fhir+json",
        ]
        SpoofedContext "reading a Binary with a security context" [
            "GET Binary/{b.Binary} | X-Security-Context: Patient/{a} | Accept: application/fhir+json",
            "GET {b.attachment} | X-Security-Context: Patient/{a} | Accept: application/fhir+json",
        ]
        Attachment "the address of an attachment" ["GET {b.attachment} | Accept: */*", "GET {b.attachment}"]
    }
    "every form of a search needs the fence that the plain search has", control None => {
        SearchPatient "a search by patient" ["GET {Type}?{search}"]
        AbsoluteReference "a search by absolute reference" [
            "GET {Type}?patient={base}/Patient/{b}&{rest}", "GET {Type}?patient={base}/Patient/{b}/_history/1&{rest}",
            "GET {Type}?patient=urn:uuid:{b}&{rest}", "GET {Type}?patient=http://other.example/Patient/{b}&{rest}",
        ]
        RelativeReference "a search by relative reference" [
            "GET {Type}?patient=Patient/{b}&{rest}", "GET {Type}?patient:Patient={b}&{rest}",
            "GET {Type}?patient=Patient/{b}/_history/1&{rest}",
        ]
        Subject "a search by subject" [
            "GET {Type}?subject=Patient/{b}&{rest}", "GET {Type}?subject:Patient={b}&{rest}",
            "GET {Type}?subject={b}&{rest}",
        ]
        OtherRoles "a search by another role of the patient" [
            "GET Coverage?beneficiary=Patient/{b}", "GET Coverage?subscriber=Patient/{b}", "GET Coverage?payor=Patient/{b}",
            "GET QuestionnaireResponse?source=Patient/{b}", "GET QuestionnaireResponse?author=Patient/{b}",
            "GET Observation?performer=Patient/{b}", "GET Procedure?performer=Patient/{b}",
            "GET Appointment?actor=Patient/{b}", "GET Task?owner=Patient/{b}", "GET Task?requester=Patient/{b}",
            "GET Communication?recipient=Patient/{b}", "GET Communication?sender=Patient/{b}",
            "GET ExplanationOfBenefit?patient={b}", "GET Claim?patient={b}", "GET Account?subject=Patient/{b}",
            "GET Consent?patient={b}", "GET List?subject=Patient/{b}", "GET Composition?subject=Patient/{b}",
            "GET ResearchSubject?individual=Patient/{b}", "GET MeasureReport?subject=Patient/{b}",
        ]
        NoPatient "naming no patient" [
            "GET {Type}", "GET {Type}?{rest}", "GET {Type}?patient=&{rest}", "GET {Type}?patient&{rest}", "GET Patient",
        ]
        UnknownParameter "an unknown parameter" [
            "GET {Type}?patien={b} | Prefer: handling=lenient", "GET {Type}?probity-unknown=1 | Prefer: handling=lenient",
            "GET Patient?probity-unknown=1 | Prefer: handling=lenient",
        ]
        PatientId "a search by id" ["GET Patient?_id={b}"]
        ResourceId "a search by the id of a resource" ["GET {Type}?_id={b.id}", "GET {Type}?patient={a}&_id={b.id}"]
        Identifier "a search by identifier" [
            "GET Patient?identifier={b.identifier}", "GET Patient?identifier={b.identifier.value}",
            "GET {Type}?identifier={b.own-identifier}",
        ]
        IdentifierOfPatient "a search by the identifier of the patient" [
            "GET {Type}?patient:identifier={b.identifier}&{rest}", "GET {Type}?subject:identifier={b.identifier}&{rest}",
        ]
        Demographics "a search by name" [
            "GET Patient?name={b.family}", "GET Patient?family={b.family}", "GET Patient?given={b.given}",
            "GET Patient?birthdate={b.birthdate}", "GET Patient?telecom={b.telecom}", "GET Patient?phone={b.telecom}",
            "GET Patient?address-postalcode={b.postalcode}", "GET Patient?name:contains={b.family}",
            "GET Patient?phonetic={b.family}", "GET Patient?birthdate=gt1900-01-01",
            "GET Patient?birthdate={b.birthdate}&family={b.family}", "GET Patient?birthdate={b.birthdate}&name={b.family}",
            "GET Patient?gender={b.gender}&name={b.family}",
        ]
        ChainedIdentifier "a chain to the identifier of the patient" [
            "GET {Type}?patient.identifier={b.identifier}&{rest}",
            "GET {Type}?subject:Patient.identifier={b.identifier}&{rest}",
        ]
        ChainedName "a chain to the name of the patient" [
            "GET {Type}?patient.name={b.family}&{rest}", "GET {Type}?patient.birthdate={b.birthdate}&{rest}",
            "GET {Type}?subject:Patient.family={b.family}&{rest}", "GET {Type}?patient._id={b}&{rest}",
        ]
        ChainedShared "a chain through a shared resource" [
            "GET Encounter?practitioner:Practitioner._id={b.practitioner}", "GET Encounter?participant={b.practitioner}",
            "GET {Type}?encounter.subject=Patient/{b}&{rest}", "GET {Type}?encounter.patient={b}&{rest}",
            "GET DiagnosticReport?result.subject=Patient/{b}",
        ]
        Context "a search by what belongs to the record" [
            "GET {Type}?encounter=Encounter/{b.Encounter}", "GET {Type}?encounter={b.Encounter}",
            "GET Observation?based-on=ServiceRequest/{b.ServiceRequest}", "GET Observation?part-of=Procedure/{b.Procedure}",
            "GET DiagnosticReport?result=Observation/{b.Observation}",
            "GET MedicationDispense?prescription=MedicationRequest/{b.MedicationRequest}",
            "GET Observation?specimen=Specimen/{b.Specimen}", "GET Observation?has-member=Observation/{b.Observation}",
        ]
        ReverseChain "a reverse chain" [
            "GET Patient?_has:Observation:patient:code={b.Observation.code}",
            "GET Patient?_has:Condition:patient:code={b.Condition.code}", "GET Patient?_has:{Type}:patient:_id={b.id}",
            "GET Patient?_id={b}&_has:Observation:patient:code={b.Observation.code}",
        ]
        ReverseInclude "a reverse include from a shared resource" [
            "GET Practitioner?_id={b.practitioner}&_revinclude=Encounter:participant",
            "GET Practitioner?_id={b.practitioner}&_revinclude=Observation:performer",
            "GET Practitioner?_id={b.practitioner}&_revinclude=CareTeam:participant",
            "GET Practitioner?_id={b.practitioner}&_revinclude=Patient:general-practitioner",
            "GET Organization?_id={b.organization}&_revinclude=Patient:organization",
            "GET Location?_id={b.location}&_revinclude=Encounter:location",
            "GET Medication?_id={b.medication}&_revinclude=MedicationRequest:medication",
        ]
        OwnReverseInclude "a reverse include from the Patient" [
            "GET Patient?_id={b}&_revinclude={Type}:patient", "GET Patient?_id={b}&_revinclude={Type}:subject",
        ]
        ReverseIncludeAll "a reverse include of everything" [
            "GET Practitioner?_id={b.practitioner}&_revinclude=*", "GET Practitioner?_id={b.practitioner}&_revinclude=*:*",
            "GET Practitioner?_id={b.practitioner}&_include=*&_revinclude=*", "GET Patient?_id={a}&_revinclude=*",
        ]
        IteratedInclude "an iterated include" [
            "GET Encounter?patient={a}&_include=Encounter:participant&_revinclude:iterate=Encounter:participant",
            "GET Encounter?patient={a}&_include=Encounter:participant&_revinclude:recurse=Encounter:participant",
            "GET Observation?patient={a}&category=vital-signs&_include=Observation:performer&_revinclude:iterate=Observation:performer",
            "GET Patient?_id={a}&_include=Patient:general-practitioner&_revinclude:iterate=Patient:general-practitioner",
        ]
        Compartment "the patient's compartment" [
            "GET Patient/{b}/{Type}?{rest}", "GET Patient/{b}/*", "POST Patient/{b}/{Type}/_search || {rest}",
        ]
        OtherCompartment "the compartment of a shared resource" [
            "GET Practitioner/{b.practitioner}/{Type}?{rest}", "GET Encounter/{b.Encounter}/{Type}?{rest}",
            "GET RelatedPerson/{b.RelatedPerson}/{Type}?{rest}", "GET Device/{b.Device}/{Type}?{rest}",
        ]
        PostSearch "a search by POST" ["POST {Type}/_search || {search}", "POST Patient/_search || identifier={b.identifier}"]
        ListParameter "a search by a list" [
            "GET {Type}?_list={b.List}", "GET {Type}?_list=$current-problems", "GET Patient?_list=$current-problems",
        ]
        Filter "a filter expression" [
            "GET {Type}?_filter=patient%20eq%20Patient/{b}", "GET {Type}?patient={a}&_filter=patient%20eq%20{b}",
            "GET Patient?_filter=name%20co%20%22{b.family}%22",
        ]
        Text "a search in texts" [
            "GET {Type}?_content={b.family}", "GET {Type}?_text={b.family}", "GET ?_content={b.family}",
        ]
        AllTypes "a search across all types" [
            "GET ?_type={Type}", "GET ?_lastUpdated=gt2000-01-01", "GET ?_id={b}", "POST _search || _id={b}",
        ]
        Meta "a search by the data of the store" [
            "GET {Type}?_lastUpdated=gt2000-01-01&_count=100", "GET {Type}?_sort=-_lastUpdated",
            "GET {Type}?_tag:not=probity&_count=100", "GET {Type}?_count=100",
        ]
        NextLink "the other session's link to a next page" ["GET {b.next}"]
        Provenance "a search for Provenance" [
            "GET Provenance/{b.Provenance}", "GET Provenance?target={Type}/{b.id}", "GET Provenance?patient={b}",
            "GET Provenance?target=Patient/{b}",
        ]
        Audit "a search for audit events" [
            "GET AuditEvent", "GET AuditEvent?patient={b}", "GET AuditEvent?entity=Patient/{b}",
            "GET AuditEvent?date=gt2000-01-01",
        ]
        Groups "a search for groups and lists" [
            "GET Group", "GET Group?member=Patient/{b}", "GET List", "GET List?subject=Patient/{b}",
        ]
        Related "a search for related persons" [
            "GET RelatedPerson/{b.RelatedPerson}", "GET RelatedPerson?patient={b}", "GET Person?link=Patient/{b}",
            "GET Person", "GET RelatedPerson",
        ]
        Schedules "a search by who gives care" [
            "GET CareTeam?participant=Practitioner/{b.practitioner}", "GET Appointment?practitioner={b.practitioner}",
            "GET Encounter?participant=Practitioner/{b.practitioner}", "GET Encounter?location={b.location}",
            "GET Patient?general-practitioner={b.practitioner}", "GET Patient?organization={b.organization}",
            "GET EpisodeOfCare?care-manager={b.practitioner}", "GET Task?owner={b.practitioner}",
            "GET ServiceRequest?performer=Practitioner/{b.practitioner}",
        ]
        Documents "a search for documents" [
            "GET Composition?subject=Patient/{b}", "GET Bundle", "GET Basic?subject=Patient/{b}",
            "GET QuestionnaireResponse?questionnaire={b.questionnaire}", "GET MeasureReport?subject=Patient/{b}",
        ]
        Asynchronous "an asynchronous search" ["GET {Type}?{search} | Prefer: respond-async"]
    }
    "a server that reads a request in two ways checks one patient and answers for the other", control Some("GET {Type}?{search}") => {
        OwnPatientBeside "a read that names the own patient beside it" [
            "GET {Type}/{b.id}?patient={a}", "GET {Type}/{b.id}?_id={a.id}",
            "GET {Type}/{b.id}/_history?patient={a}", "GET Patient/{b}?patient={a}",
        ]
        BothPatients "naming both patients" [
            "GET {Type}?{patient}={a},{b}&{rest}", "GET {Type}?{patient}={b},{a}&{rest}", "GET Patient?_id={a},{b}",
        ]
        PatientTwice "naming both patients, one after another" [
            "GET {Type}?{patient}={a}&{patient}={b}&{rest}", "GET {Type}?{patient}={b}&{patient}={a}&{rest}",
            "GET {Type}?patient={a}&subject=Patient/{b}&{rest}", "GET Patient?_id={a}&_id={b}",
            "GET Patient?_id={b}&_id={a}",
        ]
        ParameterNames "a misspelt name of the parameter" [
            "GET {Type}?PATIENT={b}&{rest}", "GET {Type}?Patient={b}&{rest}", "GET {Type}?patient[]={b}&{rest}",
            "GET {Type}?%70atient={b}&{rest}", "GET {Type}?patient%20={b}&{rest}", "GET {Type}?patient;x={b}&{rest}",
            "GET {Type}?patient={a};patient={b}&{rest}", "GET {Type}?patient={a}%26patient={b}&{rest}",
            "GET {Type}?x=1%26patient={b}&{rest}",
        ]
        Negation "everybody but the own patient" [
            "GET {Type}?patient:not={a}&{rest}", "GET {Type}?subject:missing=true&{rest}",
            "GET {Type}?subject:missing=false&{rest}", "GET {Type}?patient:missing=false&{rest}",
            "GET Patient?_id:not={a}", "GET Patient?gender:not=unknown",
        ]
        MixedCompartment "another compartment than the parameter names" [
            "GET Patient/{a}/{Type}?patient={b}&{rest}", "GET Patient/{a}/{Type}?subject=Patient/{b}&{rest}",
            "GET Patient/{b}/{Type}?patient={a}&{rest}",
        ]
        UrlAndBody "a search of one patient in the URL and one in the body" [
            "POST {Type}/_search?{patient}={a} || {search}", "POST {Type}/_search?{search} || {patient}={a}",
            "POST {Type}/_search || {patient}={a}&{search}", "POST {Type}/_search || {search}&{patient}={a}",
            "POST {Type}/_search | Content-Type: text/plain || {search}",
        ]
        BodyOfGet "a search by GET with a body" [
            "GET {Type}?{patient}={a}&{rest} | Content-Type: application/x-www-form-urlencoded || {patient}={b}",
        ]
    }
    "an operation or a batch that reads past the fence opens whole records at once", control None => {
        Everything "$everything" [
            "GET Patient/{b}/$everything", "POST Patient/{b}/$everything || {\"resourceType\":\"Parameters\"}",
            "GET Encounter/{b.Encounter}/$everything", "GET Patient/$everything", "GET Patient/{a}/$everything?patient={b}",
        ]
        Docref "$docref" [
            "GET DocumentReference/$docref?patient={b}", "GET DocumentReference/$docref?patient={a}&patient={b}",
            "POST DocumentReference/$docref || {\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"patient\",\"valueId\":\"{b}\"}]}",
        ]
        Operations "another operation" [
            "GET Patient/{b}/$summary", "GET Observation/$lastn?patient={b}", "GET Observation/$lastn?subject=Patient/{b}",
            "GET Patient/{b}/$ccda", "GET Patient/{b}/$health-cards-issue", "GET {Type}/{b.id}/$meta",
            "GET {Type}/{b.id}/$validate", "GET Patient/{b}/$graph", "GET {Type}/{b.id}/$document",
        ]
        Match "$match" [
            "POST Patient/$match || {\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"resource\",\"resource\":{\"resourceType\":\"Patient\",\"birthDate\":\"{b.birthdate}\",\"name\":[{\"family\":\"{b.family}\"}]}},{\"name\":\"onlyCertainMatches\",\"valueBoolean\":false}]}",
        ]
        Graph "GraphQL" [
            "GET Patient/{b}/$graphql?query=%7Bid%20name%7Bfamily%7D%7D",
            "GET $graphql?query=%7BPatient(id:%22{b}%22)%7Bid%20name%7Bfamily%7D%7D%7D",
            "GET $graphql?query=%7BPatientList%7Bid%20name%7Bfamily%7D%7D%7D",
            "GET $graphql?query=%7B{Type}List(patient:%22{b}%22)%7Bid%7D%7D",
        ]
        Batch "a batch" [
            "POST  || {\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"GET\",\"url\":\"Patient/{a}\"}},{\"request\":{\"method\":\"GET\",\"url\":\"{Type}/{b.id}\"}},{\"request\":{\"method\":\"GET\",\"url\":\"{Type}?{search}\"}}]}",
            "POST  || {\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"GET\",\"url\":\"/Patient/{b}\"}},{\"request\":{\"method\":\"GET\",\"url\":\"{base}/Patient/{b}\"}}]}",
        ]
        Transaction "a transaction of reads" [
            "POST  || {\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"request\":{\"method\":\"GET\",\"url\":\"{Type}/{b.id}\"}},{\"request\":{\"method\":\"GET\",\"url\":\"{Type}?{search}\"}}]}",
        ]
        NestedBatch "a batch within a batch" [
            "POST  || {\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"POST\",\"url\":\"/\"},\"resource\":{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"GET\",\"url\":\"Patient/{b}\"}}]}}]}",
        ]
    }
    "a gateway and a server that read one request differently leave a gap between them", control Some("GET Patient/{b}") => {
        EncodedSlash "an encoded slash" [
            "GET Patient%2F{b}", "GET Patient/{a}%2F..%2F{b}", "GET Patient/{a}%252F..%252F{b}", "GET Observation%3Fpatient={b}",
        ]
        Semicolon "a semicolon in the path" [
            "GET Patient/{b};jsessionid=1", "GET Patient/{a}/..;/{b}", "GET Patient;x=y/{b}", "GET Patient/{b};{a}",
        ]
        Slashes "too many slashes" [
            "GET /Patient/{b}", "GET Patient//{b}", "GET Patient/{b}/", "GET Patient/{b}//",
        ]
        Case "another case" ["GET patient/{b}", "GET PATIENT/{b}", "GET OBSERVATION?patient={b}"]
        EncodedCharacters "encoded characters" [
            "GET %50atient/{b}", "GET Patient/{b}%20", "GET Patient/{b}%0a", "GET Patient/{b}%23", "GET Patient/{b}%00",
            "GET Patient/{a},{b}", "GET Patient/{a}|{b}", "GET Patient/*",
        ]
        DotSegments "encoded dots in the path" ["GET Patient/{a}/..%2f{b}", "GET Patient/..%2fPatient/{b}"]
        MethodOverride "another method than it says" [
            "POST Patient/{b} | X-HTTP-Method-Override: GET", "POST Patient/{b} | X-HTTP-Method: GET",
            "POST Patient/{b} | X-Method-Override: GET", "POST Patient/{b}?_method=GET",
        ]
        Methods "an unusual method" ["OPTIONS Patient/{b}", "TRACE Patient/{b}", "PROPFIND Patient/{b}", "REPORT Patient/{b}"]
        RewriteHeaders "headers that rewrite the address" [
            "GET Patient/{a} | X-Original-URL: {base}/Patient/{b}", "GET Patient/{a} | X-Original-URL: /Patient/{b}",
            "GET Patient/{a} | X-Rewrite-URL: /Patient/{b}", "GET Patient/{a} | X-Forwarded-Uri: /Patient/{b}",
        ]
        IdentityHeaders "headers that name a user" [
            "GET Patient/{b} | X-Patient-Id: {b}", "GET Patient/{b} | X-User-Id: {b}",
            "GET Patient/{b} | X-Authenticated-User: {b}", "GET Patient/{b} | X-FHIR-Context: Patient/{b}",
            "GET Patient/{b} | Patient: {b}", "GET Patient/{b} | X-Scopes: system/*.rs",
            "GET Patient/{b} | X-Forwarded-For: 127.0.0.1", "GET Patient?_id={b} | X-Patient-Id: {b}",
        ]
    }
}
