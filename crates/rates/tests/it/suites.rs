//! Suites as users write them: what they expand to, and what is refused with which words.

use archscale_rates::Suite;
use archscale_train::{Budget, Objective};

fn parse(groups: &str) -> Result<Suite, String> {
    let text =
        format!(r#"{{ "name": "s", "protocol": {{ "width": 32, "budget": {{ "epochs": 2 }} }}, "groups": {groups} }}"#);
    Suite::parse("s", &text).map_err(|error| error.to_string())
}

#[test]
fn carried_suites_are_whole() {
    for (name, text) in Suite::CARRIED {
        let suite = Suite::parse(name, text).unwrap();
        assert_eq!(suite.name, *name);
        let jobs = suite.jobs().unwrap();
        assert!(jobs.len() > 10 && !suite.about.is_empty());
        assert!(suite.groups.iter().all(|group| !group.base.is_empty()), "{name}: a group without a base");
    }
}

#[test]
fn groups_combine_lists_and_override_settings() {
    let suite = parse(
        r#"[{ "name": "a", "architectures": ["chain:{1,2}", "cell:1"], "inits": ["target", "source"], "activations": ["relu", "gelu"],
              "base": ["chain:1"], "protocol": { "budget": { "steps": 7 } }, "plan": { "points": 5 }, "objective": "last-pass" },
            { "name": "b", "architectures": ["chain:1"] }]"#,
    )
    .unwrap();
    let jobs = suite.jobs().unwrap();
    assert_eq!(jobs.len(), 3 * 2 * 2 + 1);
    let first = &jobs[0].search;
    assert_eq!((first.protocol.budget, first.protocol.width, first.plan.points), (Budget::Steps(7), 32, 5));
    assert_eq!((first.objective, jobs[12].search.objective), (Objective::LastPass, Objective::FinalLoss));
    assert_eq!(jobs[12].search.protocol.budget, Budget::Epochs(2));
    assert!(jobs[0].base && jobs[3].base && !jobs[4].base);
    let keys: std::collections::BTreeSet<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    assert_eq!(keys.len(), jobs.len());
    // Streams of different networks differ, so that their errors are independent.
    assert_ne!(jobs[0].search.protocol.case, jobs[1].search.protocol.case);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let refused = |groups: &str, words: &str| {
        let error = parse(groups).unwrap_err();
        assert!(error.contains(words), "{error}");
    };
    refused("[]", "give at least one");
    let group = r#"["a", "", ["chain:1"], ["target"], ["pre"], ["relu"], [], null, {}, {}, null]"#;
    refused(&format!("[{group}]"), "entry 1 of groups is no object");
    refused(r#"[{ "name": "a", "architectures": ["chain:1"], "protocol": [64, 32] }]"#, "protocol is no object");
    let list = r#"["s", "", "digits", {}, {}, "final-loss", [{ "name": "a", "architectures": ["chain:1"] }]]"#;
    assert!(Suite::parse("list", list).unwrap_err().to_string().contains("suite list: it is a list"));
    refused(r#"[{ "name": "a", "architectures": [] }]"#, "names no network");
    refused(r#"[{ "name": "a", "architectures": ["chain:0"] }]"#, "group 'a'");
    refused(r#"[{ "name": "a", "architectures": ["chain:{1..2"] }]"#, "does not close");
    refused(r#"[{ "name": "a", "architectures": ["chain:1", "edges:0-1,1-2"] }]"#, "twice");
    refused(r#"[{ "name": "a", "architectures": ["chain:1"], "base": ["chain:2"] }]"#, "base 'chain:2'");
    refused(
        r#"[{ "name": "a", "architectures": ["chain:1"], "protocol": { "widht": 3 } }]"#,
        "protocol: unknown field `widht`",
    );
    refused(r#"[{ "name": "a", "architectures": ["chain:1"], "inits": ["xavier"] }]"#, "xavier");
    refused(
        r#"[{ "name": "a", "architectures": ["chain:1"] }, { "name": "a", "architectures": ["chain:1"] }]"#,
        "two groups",
    );
    refused(r#"[{ "name": "a", "architectures": [{ "cells": { "count": 99, "steps": 1, "seed": 1 } }] }]"#, "ask for fewer");
    let error = Suite::open("no-such-suite").unwrap_err().to_string();
    assert!(error.contains("quick") && error.contains("standard"), "{error}");
}
