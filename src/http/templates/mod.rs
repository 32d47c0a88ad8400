//! `/api/templates`: what a document may begin with.
//!
//! Templates are Markdown in the binary, one file each. The server puts one into the
//! document that it makes, so that it is there once, whoever opens the document first.
//! Nothing in a template is a date, a name or a place: it is true on any day.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::content::Beginning;
use super::error::ApiError;
use super::origin::check_origin;
use super::{conditional, not_allowed};

/// All of them, in the order in which they are offered; English first.
static TEMPLATES: [Template; 18] = [
    Template {
        id: "meeting",
        language: "en",
        title: "Meeting notes",
        about: "Who was there, what was said, and who does what by when.",
        content: include_str!("en/meeting.md"),
    },
    Template {
        id: "project",
        language: "en",
        title: "Project plan",
        about: "What is to be reached, by whom, in which steps, and what may go wrong.",
        content: include_str!("en/project.md"),
    },
    Template {
        id: "decision",
        language: "en",
        title: "Decision record",
        about: "What was decided, why, and what else was on the table.",
        content: include_str!("en/decision.md"),
    },
    Template {
        id: "weekly",
        language: "en",
        title: "Weekly review",
        about: "What went well this week, what got stuck, and what comes next.",
        content: include_str!("en/weekly.md"),
    },
    Template {
        id: "howto",
        language: "en",
        title: "How-to guide",
        about: "How something is done, step by step, so that anybody can do it.",
        content: include_str!("en/howto.md"),
    },
    Template {
        id: "retrospective",
        language: "en",
        title: "Retrospective",
        about: "What to keep, what to change, and what to try after a piece of work.",
        content: include_str!("en/retrospective.md"),
    },
    Template {
        id: "meeting-de",
        language: "de",
        title: "Besprechung",
        about: "Wer da war, was gesagt wurde, und wer was bis wann tut.",
        content: include_str!("de/meeting.md"),
    },
    Template {
        id: "project-de",
        language: "de",
        title: "Projektplan",
        about: "Was erreicht werden soll, von wem, in welchen Schritten, und was schiefgehen kann.",
        content: include_str!("de/project.md"),
    },
    Template {
        id: "decision-de",
        language: "de",
        title: "Entscheidung",
        about: "Was entschieden wurde, warum, und was sonst möglich war.",
        content: include_str!("de/decision.md"),
    },
    Template {
        id: "weekly-de",
        language: "de",
        title: "Wochenrückblick",
        about: "Was diese Woche gut lief, was hängen blieb, und was als Nächstes kommt.",
        content: include_str!("de/weekly.md"),
    },
    Template {
        id: "howto-de",
        language: "de",
        title: "Anleitung",
        about: "Wie etwas gemacht wird, Schritt für Schritt, sodass es jeder kann.",
        content: include_str!("de/howto.md"),
    },
    Template {
        id: "retrospective-de",
        language: "de",
        title: "Rückschau",
        about: "Was nach einer Arbeit bleiben, sich ändern und versucht werden soll.",
        content: include_str!("de/retrospective.md"),
    },
    Template {
        id: "meeting-he",
        language: "he",
        title: "סיכום פגישה",
        about: "מי היה, מה נאמר, ומי עושה מה עד מתי.",
        content: include_str!("he/meeting.md"),
    },
    Template {
        id: "project-he",
        language: "he",
        title: "תוכנית פרויקט",
        about: "מה רוצים להשיג, מי, באילו שלבים, ומה עלול להשתבש.",
        content: include_str!("he/project.md"),
    },
    Template {
        id: "decision-he",
        language: "he",
        title: "תיעוד החלטה",
        about: "מה הוחלט, למה, ומה עוד עמד על הפרק.",
        content: include_str!("he/decision.md"),
    },
    Template {
        id: "weekly-he",
        language: "he",
        title: "סיכום שבועי",
        about: "מה הלך טוב השבוע, מה נתקע, ומה הלאה.",
        content: include_str!("he/weekly.md"),
    },
    Template {
        id: "howto-he",
        language: "he",
        title: "מדריך",
        about: "איך עושים משהו, שלב אחר שלב, כך שכל אחד יוכל.",
        content: include_str!("he/howto.md"),
    },
    Template {
        id: "retrospective-he",
        language: "he",
        title: "מבט לאחור",
        about: "מה לשמר, מה לשנות ומה לנסות אחרי עבודה.",
        content: include_str!("he/retrospective.md"),
    },
];

/// What a document may begin with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct Template {
    /// What `template` of a new document says.
    #[schema(example = "meeting")]
    id: &'static str,
    /// What it is written in: a language by its code of two letters.
    #[schema(example = "en")]
    language: &'static str,
    /// What the document is called unless it is given another title.
    #[schema(example = "Meeting notes")]
    title: &'static str,
    /// What it is for.
    about: &'static str,
    /// What is in it, in Markdown.
    content: &'static str,
}

/// All templates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateList)]
pub(super) struct Templates {
    templates: &'static [Template],
}

/// What templates are called by programs.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|template| template.id)
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/templates")
            .wrap(from_fn(check_origin))
            .get(list)
            .head(list)
            .default_service(not_allowed("GET, HEAD")),
    );
}

async fn list(request: HttpRequest) -> HttpResponse {
    let all = Templates {
        templates: &TEMPLATES,
    };
    conditional::answer_json(&request, &all)
}

/// What a document begins with that is made from a template: a title of its own it keeps,
/// content of its own it cannot have.
pub(super) fn begin(id: &str, own: Beginning) -> Result<Beginning, ApiError> {
    let has_content = own.content.is_some_and(|content| !content.is_null());
    if has_content || own.format.is_some() {
        let reason = "a document begins with a template or with content, not with both".to_owned();
        return Err(ApiError::BadRequest(reason));
    }
    let template = TEMPLATES.iter().find(|template| template.id == id);
    let template = template.ok_or_else(|| {
        let there: Vec<_> = ids().collect();
        let there = there.join(", ");
        ApiError::BadRequest(format!("unknown template {id:?}; there are: {there}"))
    })?;
    let title = own.title.filter(|title| !title.trim().is_empty());
    Ok(Beginning {
        title: Some(title.unwrap_or_else(|| template.title.to_owned())),
        content: Some(Value::String(with_fields(template.content))),
        format: Some("markdown".to_owned()),
    })
}

/// A template as it is read: the space behind the name of a field stays. Markdown drops one at the end
/// of a line, and what is written behind a name in bold would be bold, too.
fn with_fields(content: &str) -> String {
    content
        .replace(": \n", ":&#32;\n")
        .replace(":** \n", ":**&#32;\n")
}
