//! What a reader of a figure relies on.

use archscale_plot::{Axis, Figure, Mark, Point, Series};

fn figure(points: Vec<Point>, logarithmic: bool, identity: bool) -> Figure {
    let axis = |label: &str| if logarithmic { Axis::logarithmic(label) } else { Axis::linear(label) };
    Figure {
        title: "law < exact & law".into(),
        x: axis("predicted"),
        y: axis("measured"),
        series: vec![Series { name: "dots".into(), points, mark: Mark::Dots }],
        identity,
    }
}

#[test]
fn same_data_same_bytes_and_escaped_text() {
    let drawn = figure(vec![Point::new(1.0, 2.0), Point::with_error(3.0, 4.0, 0.5)], false, true);
    let text = drawn.svg();
    assert_eq!(text, drawn.svg());
    assert!(text.contains("law &lt; exact &amp; law") && text.contains("prefers-color-scheme:dark"));
    assert!(text.contains("class=\"identity\""));
    assert_eq!(text.matches("<circle").count(), 2);
}

#[test]
fn values_that_cannot_be_shown_are_left_out() {
    let points = vec![Point::new(0.0, 1.0), Point::new(10.0, f64::NAN), Point::new(10.0, 100.0), Point::new(1e3, 1e4)];
    assert_eq!(figure(points, true, false).svg().matches("<circle").count(), 2);
    for empty in [Vec::new(), vec![Point::new(f64::NAN, 1.0)], vec![Point::new(2.0, 2.0)]] {
        let text = figure(empty, true, false).svg();
        assert!(text.ends_with("</svg>\n") && !text.contains("NaN"), "{text}");
    }
}

#[test]
fn dots_keep_their_order_on_both_scales() {
    for logarithmic in [false, true] {
        let points = (1..=5).map(|i| Point::new(f64::from(i), f64::from(i * i))).collect();
        let text = figure(points, logarithmic, false).svg();
        let place = |key: &str| -> Vec<f64> {
            text.split(key).skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
        };
        let (xs, ys) = (place("cx=\""), place("cy=\""));
        assert_eq!(xs.len(), 5);
        assert!(xs.windows(2).all(|pair| pair[0] < pair[1]), "to the right: {xs:?}");
        assert!(ys.windows(2).all(|pair| pair[0] > pair[1]), "upward: {ys:?}");
    }
}

fn labels(text: &str, anchor: &str) -> Vec<String> {
    let key = format!("text-anchor=\"{anchor}\">");
    text.split(&key).skip(1).map(|rest| rest.split('<').next().unwrap().to_string()).collect()
}

#[test]
fn ticks_have_distinct_true_labels() {
    // Spans from a thousandth of the value to many decades, at three magnitudes, on both kinds of axis.
    for magnitude in [1e-9, 1.0, 3e7] {
        for span in [1.002, 1.5, 4.0, 6.0, 8.0, 30.0, 1e4, 1e12] {
            for logarithmic in [false, true] {
                let points = vec![Point::new(magnitude, magnitude), Point::new(magnitude * span, magnitude * span)];
                let text = figure(points, logarithmic, true).svg();
                let list = labels(&text, "end");
                let mut distinct = list.clone();
                distinct.dedup();
                assert_eq!(list, distinct, "span {span} from {magnitude}");
                assert!((3..=12).contains(&list.len()), "{list:?} for span {span} from {magnitude}");
                let (low, high) = (magnitude - 0.3 * magnitude * span, 10.0 * magnitude * span);
                for label in &list {
                    let Ok(value) = label.parse::<f64>() else { continue };
                    assert!((low..=high).contains(&value), "{label} for span {span} from {magnitude}");
                }
            }
        }
    }
}

#[test]
fn a_tick_stands_where_its_label_says() {
    let points = vec![Point::new(0.0, 0.0), Point::new(10.0, 1.0)];
    let text = figure(points, false, false).svg();
    // Pixels of a label on the horizontal axis, and of the points: both ends are known.
    let xs: Vec<f64> = text.split("cx=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
    let mut seen = 0;
    for line in text.lines().filter(|line| line.starts_with("<text x=") && line.contains("middle")) {
        let place: f64 = line.split('"').nth(1).unwrap().parse().unwrap();
        let Ok(value) = line.split('>').nth(1).unwrap().split('<').next().unwrap().parse::<f64>() else { continue };
        assert!((place - (xs[0] + value / 10.0 * (xs[1] - xs[0]))).abs() < 0.11, "{line}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen} labels");
}

#[test]
fn bars_without_a_value_are_not_drawn() {
    let bar = |low, high| Point { x: 1.0, y: 1.0, bar: Some((low, high)) };
    let bars = |point| figure(vec![point, Point::new(2.0, 2.0)], true, false).svg().matches("h6M").count();
    assert_eq!(bars(bar(0.5, 1.5)), 1);
    assert_eq!(bars(bar(-0.5, 2.5)), 1, "an end below a logarithmic axis is drawn to its foot");
    assert_eq!(bars(bar(f64::NAN, 1.5)), 0);
}

#[test]
fn lines_break_where_a_point_cannot_be_shown() {
    let mut drawn =
        figure((1..=7).map(|i| Point::new(f64::from(i), if i == 4 { -1.0 } else { 2.0 })).collect(), true, false);
    drawn.series[0].mark = Mark::Line;
    assert_eq!(drawn.svg().matches("class=\"line\"").count(), 2);
}

#[test]
fn no_identity_between_axes_of_two_kinds() {
    let mut drawn = figure(vec![Point::new(1.0, 1.0), Point::new(9.0, 9.0)], true, true);
    assert!(drawn.svg().contains("class=\"identity\""));
    drawn.y = Axis::linear("measured");
    assert!(!drawn.svg().contains("class=\"identity\""));
}

#[test]
fn legend_keeps_clear_of_the_points() {
    // Points in three corners: the names go to the fourth.
    let corner = |x: f64, y: f64| (0..9).map(move |i| Point::new(x + f64::from(i) * 0.01, y)).collect::<Vec<_>>();
    let series = |name: &str, points| Series { name: name.into(), points, mark: Mark::Dots };
    for (free, left) in [(0, true), (1, false), (2, true), (3, false)] {
        let corners = [corner(0.0, 1.0), corner(0.92, 1.0), corner(0.0, 0.0), corner(0.92, 0.0)];
        let list = corners.into_iter().enumerate().filter(|(index, _)| *index != free).map(|(_, points)| points);
        let mut drawn = figure(Vec::new(), false, false);
        drawn.series = list.map(|points| series("corner", points)).collect();
        let text = drawn.svg();
        let place: f64 = text
            .split("<text x=\"")
            .find(|rest| rest.contains(">corner<"))
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(place < 300.0, left, "free corner {free}: the legend starts at {place}");
    }
}

#[test]
fn a_long_label_is_no_longer_than_the_figure_is_wide() {
    let mut drawn = figure(vec![Point::new(1.0, 2.0)], false, false);
    assert!(!drawn.svg().contains("text-anchor=\"middle\" style"), "a short one has the letters of all others");
    drawn.x.label = "a label that says all there is to say of its axis, ".repeat(3);
    let text = drawn.svg();
    let size = text.split("text-anchor=\"middle\" style=\"font-size:").nth(1).and_then(|rest| rest.split("px").next());
    let size: f64 = size.unwrap().parse().unwrap();
    // Half as wide as high, as measured in common fonts, over the 612 pixels between the margins.
    assert!((7.0..13.0).contains(&size) && 0.5 * size * drawn.x.label.chars().count() as f64 <= 612.0 + 25.0, "{size}");
}
