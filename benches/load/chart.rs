//! Curves as SVG: how a cost grows. Legible on light and on dark pages.
//!
//! The horizontal axis is logarithmic; the vertical one too where values lie decades
//! apart, and begins at zero where they do not.

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 56.0;

/// Values further apart than this stand on a logarithmic axis.
const DECADES_APART: f64 = 20.0;

const STYLE: &str = "\
.paper{fill:#fff}text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}\
.grid{stroke:#d0d7de}.curve{fill:none;stroke-width:2.5}\
.c0{stroke:#0b5fc1;fill:#0b5fc1}.c1{stroke:#b35900;fill:#b35900}\
.curve.c0,.curve.c1{fill:none}text.c0,text.c1{stroke:none}\
@media(prefers-color-scheme:dark){.paper{fill:#0d1117}text{fill:#d8dee4}.grid{stroke:#3d444d}\
.c0{stroke:#6cb0ff;fill:#6cb0ff}.c1{stroke:#f2a65a;fill:#f2a65a}}";

/// A picture of one or two curves.
pub struct Chart<'a> {
    pub title: &'a str,
    /// What the axes count, with units.
    pub across: &'a str,
    pub up: &'a str,
    pub curves: Vec<Curve<'a>>,
}

/// The points of one server, from left to right.
pub struct Curve<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// From values to places.
struct Axis {
    from: f64,
    to: f64,
    is_logarithmic: bool,
    start: f64,
    end: f64,
}

impl Axis {
    fn place(&self, value: f64) -> f64 {
        let scale = |value: f64| match self.is_logarithmic {
            true => value.max(f64::MIN_POSITIVE).log10(),
            false => value,
        };
        let part = (scale(value) - scale(self.from)) / (scale(self.to) - scale(self.from));
        self.start + part * (self.end - self.start)
    }

    /// Where lines are drawn: at powers of ten, or at round values.
    fn marks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let (from, to) = (self.from.log10().ceil(), self.to.log10().floor());
            let decades = from as i32..=to as i32;
            return decades.map(|decade| 10f64.powi(decade)).collect();
        }
        let rough = (self.to - self.from) / 5.0;
        let decade = 10f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
        let step = steps.into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let count = (self.to / step + 1e-9).floor() as usize;
        (0..=count).map(|number| number as f64 * step).collect()
    }
}

impl Chart<'_> {
    /// The picture, or nothing if there are not two points beside each other.
    pub fn draw(&self) -> Option<String> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let least = |pick: fn(&(f64, f64)) -> f64| points().map(pick).reduce(f64::min);
        let most = |pick: fn(&(f64, f64)) -> f64| points().map(pick).reduce(f64::max);
        let (low, high) = (least(|point| point.1)?, most(|point| point.1)?);
        if least(|point| point.0)? >= most(|point| point.0)? || high <= 0.0 {
            return None;
        }
        let is_logarithmic = low > 0.0 && high / low > DECADES_APART;
        let across = Axis {
            from: least(|point| point.0)?,
            to: most(|point| point.0)?,
            is_logarithmic: true,
            start: LEFT,
            end: WIDTH - RIGHT,
        };
        let up = Axis {
            from: if is_logarithmic {
                decade_below(low)
            } else {
                0.0
            },
            to: if is_logarithmic {
                high * 1.5
            } else {
                high * 1.15
            },
            is_logarithmic,
            start: HEIGHT - BOTTOM,
            end: TOP,
        };
        Some(self.picture(&across, &up))
    }

    fn picture(&self, across: &Axis, up: &Axis) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             role=\"img\"><title>{title}</title><style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
             <text class=\"title\" x=\"{LEFT}\" y=\"22\">{title}</text>\n",
            title = self.title
        );
        let mut put = |line: String| {
            svg.push_str(&line);
            svg.push('\n');
        };
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for mark in up.marks() {
            let y = up.place(mark);
            put(format!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.5,
                short(mark)
            ));
        }
        for mark in across.marks() {
            let x = across.place(mark);
            put(format!(
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 20.0,
                short(mark)
            ));
        }
        put(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{LEFT}\" y=\"{:.1}\">{}</text>",
            (LEFT + right) / 2.0,
            HEIGHT - 12.0,
            self.across,
            TOP - 8.0,
            self.up
        ));
        for (number, curve) in self.curves.iter().enumerate() {
            let place = |point: &(f64, f64)| (across.place(point.0), up.place(point.1));
            let places: Vec<_> = curve.points.iter().map(place).collect();
            let path: Vec<_> = places
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            put(format!(
                "<polyline class=\"curve c{number}\" points=\"{}\"/>",
                path.join(" ")
            ));
            for (x, y) in &places {
                put(format!(
                    "<circle class=\"c{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"
                ));
            }
            if let Some((x, y)) = places.last() {
                put(format!(
                    "<text class=\"c{number}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    x + 10.0,
                    y + 4.5,
                    curve.name
                ));
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn decade_below(value: f64) -> f64 {
    10f64.powf(value.log10().floor())
}

/// As it stands beside an axis.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} M", value / 1e6),
        value if value >= 1e4 => format!("{} k", value / 1e3),
        value => format!("{}", (value * 1e6).round() / 1e6),
    }
}
