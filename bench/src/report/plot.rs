//! Plots as SVG, made here: a report loads nothing.

use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 44.0;
const COLORS: [&str; 6] = ["#1b62cc", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#a16207"];

/// How values become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Log,
}

/// An axis: what it shows, and how.
pub struct Axis<'a> {
    pub title: &'a str,
    pub scale: Scale,
}

/// A line of points.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// Lines over two axes, with the text of each mark on the x axis if they are to be told.
pub fn lines(x: &Axis<'_>, y: &Axis<'_>, x_marks: Option<&[(f64, String)]>, lines: &[Line]) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    if all().next().is_none() {
        return String::new();
    }
    let horizontal = Span::of(x.scale, all().map(|point| point.0), LEFT, WIDTH - RIGHT, false);
    let vertical = Span::of(y.scale, all().map(|point| point.1), HEIGHT - BOTTOM, TOP, y.scale == Scale::Linear);
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
    let marks = x_marks.map_or_else(|| horizontal.marks(), <[_]>::to_vec);
    for (value, text) in marks {
        let at = horizontal.place(value);
        let _ = write!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{:.1}\" class=\"grid\"/>",
            HEIGHT - BOTTOM
        );
        let _ = write!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - BOTTOM + 16.0,
            escape(&text)
        );
    }
    for (value, text) in vertical.marks() {
        let at = vertical.place(value);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" class=\"grid\"/>",
            WIDTH - RIGHT
        );
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            escape(&text)
        );
    }
    for (number, line) in lines.iter().enumerate() {
        let color = COLORS[number % COLORS.len()];
        let points: Vec<String> =
            line.points.iter().map(|(a, b)| format!("{:.1},{:.1}", horizontal.place(*a), vertical.place(*b))).collect();
        let _ = write!(svg, "<polyline points=\"{}\" stroke=\"{color}\"/>", points.join(" "));
        for (a, b) in line.points.iter().filter(|_| line.points.len() <= 12) {
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{color}\"/>",
                horizontal.place(*a),
                vertical.place(*b)
            );
        }
        let y = TOP + 14.0 + 18.0 * number as f64;
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{y:.1}\" style=\"fill:{color}\">{}</text>",
            WIDTH - RIGHT + 10.0,
            escape(&line.name)
        );
    }
    let middle = (LEFT + WIDTH - RIGHT) / 2.0;
    let _ =
        write!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", HEIGHT - 8.0, escape(x.title));
    let _ = write!(svg, "<text x=\"4\" y=\"12\">{}</text></svg>", escape(y.title));
    svg
}

/// From values to places between two ends.
struct Span {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Span {
    fn of(scale: Scale, values: impl Iterator<Item = f64>, from: f64, to: f64, from_zero: bool) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
        }
        if from_zero {
            low = low.min(0.0);
        }
        if scale == Scale::Log {
            (low, high) = (10_f64.powf(low.max(1e-6).log10().floor()), 10_f64.powf(high.max(1e-6).log10().ceil()));
        }
        if high <= low {
            high = low + 1.0;
        }
        Self { scale, low, high, from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value.max(1e-6) / self.low).log10() / (self.high / self.low).log10(),
        };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    fn marks(&self) -> Vec<(f64, String)> {
        let values: Vec<f64> = match self.scale {
            Scale::Linear => (0..=4).map(|n| self.low + (self.high - self.low) * f64::from(n) / 4.0).collect(),
            Scale::Log => {
                let decades = (self.high / self.low).log10().round() as i32;
                (0..=decades).map(|n| self.low * 10_f64.powi(n)).collect()
            }
        };
        values.into_iter().map(|value| (value, short(value))).collect()
    }
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{} M", trimmed(value / 1e6)),
        v if v >= 1e4 => format!("{} k", trimmed(value / 1e3)),
        _ => trimmed(value),
    }
}

fn trimmed(value: f64) -> String {
    let digits = if value.abs() >= 10.0 { 0 } else { 2 };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Text as HTML and SVG take it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_axis_has_a_mark_for_each_decade() {
        let span = Span::of(Scale::Log, [3.0, 700.0].into_iter(), 0.0, 100.0, false);
        assert_eq!(span.marks().into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["1", "10", "100", "1000"]);
        assert!((span.place(10.0) - 100.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn a_plot_escapes_what_it_shows_and_nothing_is_nothing() {
        let axis = |title| Axis { title, scale: Scale::Linear };
        let line = Line { name: "a < b".to_owned(), points: vec![(0.0, 1.0), (1.0, 2.0)] };
        let svg = lines(&axis("x"), &axis("y"), None, &[line]);
        assert!(svg.contains("a &lt; b") && svg.contains("<polyline") && svg.ends_with("</svg>"));
        assert_eq!(lines(&axis("x"), &axis("y"), None, &[]), "");
    }
}
