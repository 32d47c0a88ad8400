use std::collections::{BTreeMap, BTreeSet};

use actix_web::introspection::{IntrospectionNode, IntrospectionTree};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse};

use super::*;
use crate::http;

/// Methods by path.
type Methods = BTreeMap<String, BTreeSet<String>>;

/// What is registered, as the HTTP library has it.
async fn registered() -> Methods {
    let tell = |tree: web::Data<IntrospectionTree>| async move {
        let mut methods = Methods::new();
        gather(&tree.root, &mut methods);
        HttpResponse::Ok().json(methods)
    };
    let app = App::new()
        .service(web::resource("/tell").post(tell))
        .configure(http::routes);
    let app = init_service(app).await;
    let told = call_service(&app, TestRequest::post().uri("/tell").to_request()).await;
    let mut methods: Methods = serde_json::from_slice(&read_body(told).await).unwrap();
    methods.remove("/tell");
    methods
}

fn gather(node: &IntrospectionNode, into: &mut Methods) {
    if !node.methods.is_empty() {
        let path = node.full_path.replace(":.*}", "}");
        let methods = node.methods.iter().map(|method| method.to_string());
        into.entry(path).or_default().extend(methods);
    }
    for child in &node.children {
        gather(child, into);
    }
}

fn described() -> Methods {
    let paths = document()["paths"].as_object().unwrap();
    let methods = |item: &Value| {
        let names = item.as_object().unwrap().keys();
        names.map(|name| name.to_uppercase()).collect()
    };
    paths
        .iter()
        .map(|(path, item)| (path.clone(), methods(item)))
        .collect()
}

#[actix_web::test]
async fn what_is_registered_is_described_and_nothing_else() {
    assert_eq!(registered().await, described());
}

#[test]
fn every_error_is_described_where_it_may_come() {
    let text = document()["paths"].to_string();
    // Those that no operation answers: there is none.
    let nowhere = [Code::NoSuchRoute, Code::MethodNotAllowed];
    for code in Code::ALL.iter().filter(|code| !nowhere.contains(code)) {
        assert!(text.contains(&format!("\"{}\"", code.name())), "{code:?}");
    }
}

#[test]
fn nothing_in_the_document_leads_nowhere() {
    let text = document().to_string();
    let mut ids = BTreeSet::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "two operations are called {id}");
        }
    }
    let ends = |mark: &'static str| {
        let rest = text.split(mark).skip(1);
        rest.filter_map(|rest| rest.split('"').next().map(str::to_owned))
    };
    for name in ends("\"$ref\":\"#/components/schemas/") {
        let schema = &document()["components"]["schemas"][&name];
        assert!(schema.is_object(), "there is no schema {name}");
    }
    for id in ends("\"operationId\":\"") {
        assert!(ids.contains(id.as_str()), "there is no operation {id}");
    }
}
