//! Parts of a divided run.

use archscale_records::Part;

#[test]
fn parts_share_the_whole_out() {
    let parts: Vec<Part> = ["1/3", "2/3", "3/3"].map(|text| text.parse().unwrap()).to_vec();
    for number in 0..20 {
        assert_eq!(parts.iter().filter(|part| part.holds(number)).count(), 1, "{number}");
        assert!(Part::WHOLE.holds(number));
    }
}

#[test]
fn what_is_no_part_is_refused_in_words() {
    for text in ["", "2", "0/8", "9/8", "1/0", "-1/2", "a/b", "1/2/3"] {
        let refusal = text.parse::<Part>().unwrap_err();
        assert_eq!(refusal.to_string(), format!("'{text}' is no part of a run: write 2/8 for the second of eight"));
    }
}

#[test]
fn parts_are_written_as_they_are_read() {
    let part: Part = "2/8".parse().unwrap();
    let text = serde_json::to_string(&part).unwrap();
    assert_eq!(text, r#"{"index":2,"count":8}"#);
    assert_eq!(serde_json::from_str::<Part>(&text).unwrap(), part);
    // A file may say anything; what is out of the domain holds nothing.
    for text in [r#"{"index":1,"count":0}"#, r#"{"index":0,"count":2}"#] {
        let part: Part = serde_json::from_str(text).unwrap();
        assert!((0..9).all(|number| !part.holds(number)));
    }
}
