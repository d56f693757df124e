use super::Target;

/// ½ |f − y|², and its gradient f − y.
pub(super) fn sample(outputs: &[f64], target: Target<'_>, gradient: &mut [f64]) -> f64 {
    let mut sum = 0.0;
    for (output, (slope, &f)) in gradient.iter_mut().zip(outputs).enumerate() {
        *slope = f - target.at(output);
        sum += *slope * *slope;
    }
    0.5 * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_target_by_hand() {
        let mut gradient = [0.0; 2];
        assert_eq!(sample(&[3.0, 1.0], Target::Label(0), &mut gradient), 2.5);
        assert_eq!(gradient, [2.0, 1.0]);
        assert_eq!(sample(&[3.0, 1.0], Target::Values(&[0.5, -1.0]), &mut gradient), 0.5 * (6.25 + 4.0));
        assert_eq!(gradient, [2.5, 2.0]);
    }
}
