//! The university's colour: checked for contrast (WCAG 2.2, 1.4.3), and lightened for the dark scheme.

use super::PagesError;

type Rgb = [u8; 3];

const WHITE: Rgb = [0xff; 3];
const DARK_CARD: Rgb = [0x1b, 0x21, 0x28];

/// The style rules that put `primary` (`#rrggbb`) in place of the default blue. Refuses a colour on which white
/// text would have a contrast under 4.5, and names the nearest darker one that passes.
pub(super) fn theme(primary: &str) -> Result<String, PagesError> {
    let colour = parse(primary).ok_or_else(|| PagesError::Colour {
        given: primary.to_owned(),
        advice: "write it as #rrggbb".to_owned(),
    })?;
    let ratio = contrast(colour, WHITE);
    if ratio < 4.5 {
        let passing = towards([0; 3], colour, |shade| contrast(shade, WHITE) >= 4.5);
        return Err(PagesError::Colour {
            given: primary.to_owned(),
            advice: format!(
                "its contrast with white is {ratio:.1}, below 4.5; {} passes",
                hex(passing)
            ),
        });
    }
    let hover = mix(colour, [0; 3], 64);
    let light = towards(WHITE, colour, |tint| contrast(tint, DARK_CARD) >= 7.0);
    let light_hover = mix(light, WHITE, 90);
    Ok(format!(
        ":root{{--primary:{};--primary-hover:{};--link:{0}}}\
         @media(prefers-color-scheme:dark){{:root{{--primary:{};--primary-hover:{};--link:{2}}}}}\n",
        hex(colour),
        hex(hover),
        hex(light),
        hex(light_hover),
    ))
}

fn parse(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let mut colour = [0; 3];
    hex::decode_to_slice(digits, &mut colour).ok()?;
    Some(colour)
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `from` with `parts` 256ths of `to`.
fn mix(from: Rgb, to: Rgb, parts: u16) -> Rgb {
    let blend = |a: u8, b: u8| {
        u8::try_from((u16::from(a) * (256 - parts) + u16::from(b) * parts) / 256).unwrap_or(u8::MAX)
    };
    [
        blend(from[0], to[0]),
        blend(from[1], to[1]),
        blend(from[2], to[2]),
    ]
}

/// The first colour on the way from `colour` to `end` that satisfies `enough`, or `end`.
fn towards(end: Rgb, colour: Rgb, enough: impl Fn(Rgb) -> bool) -> Rgb {
    (0..=256)
        .step_by(8)
        .map(|parts| mix(colour, end, parts))
        .find(|shade| enough(*shade))
        .unwrap_or(end)
}

/// The contrast ratio of two colours, 1 to 21.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Rgb) -> f64 {
    let linear = colour.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_too_pale_for_white_text_is_refused_with_one_that_passes() {
        let refusal = theme("#8fbce6").unwrap_err().to_string();

        let offered = refusal
            .split(['#', ' '])
            .find_map(|word| parse(&format!("#{word}")).filter(|c| hex(*c) != "#8fbce6"));
        assert!(contrast(offered.unwrap(), WHITE) >= 4.5, "{refusal}");
    }

    #[test]
    fn every_accepted_colour_can_be_read_in_the_dark_scheme() {
        for primary in ["#1f4e79", "#000000", "#7a0019", "#006633", "#4b0082"] {
            let colour = parse(primary).unwrap();

            assert!(theme(primary).is_ok(), "{primary}");
            let light = towards(WHITE, colour, |tint| contrast(tint, DARK_CARD) >= 7.0);
            assert!(contrast(light, DARK_CARD) >= 7.0, "{primary}");
        }
    }

    #[test]
    fn what_is_not_a_colour_is_refused() {
        for text in ["", "blue", "#12345", "#12345g", "1f4e79", "#1f4e79;}body{"] {
            assert!(theme(text).is_err(), "{text}");
        }
    }

    #[test]
    fn black_on_white_has_the_highest_contrast_there_is() {
        assert!((contrast([0; 3], WHITE) - 21.0).abs() < 0.001);
    }
}
