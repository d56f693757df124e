/// −log softmax(f)\[label\], and its gradient softmax(f) − e_label, without overflow for finite f.
pub(super) fn sample(outputs: &[f64], label: usize, gradient: &mut [f64]) -> f64 {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (slope, &f) in gradient.iter_mut().zip(outputs) {
        *slope = (f - largest).exp();
        sum += *slope;
    }
    gradient.iter_mut().for_each(|slope| *slope /= sum);
    gradient[label] -= 1.0;
    sum.ln() - (outputs[label] - largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_outputs_by_hand() {
        let mut gradient = [0.0; 2];
        // softmax(0, ln 3) = (1/4, 3/4).
        let loss = sample(&[0.0, 3f64.ln()], 0, &mut gradient);
        assert!((loss - 4f64.ln()).abs() < 1e-15);
        assert!((gradient[0] + 0.75).abs() < 1e-15 && (gradient[1] - 0.75).abs() < 1e-15);
    }

    #[test]
    fn huge_outputs_do_not_overflow_and_no_number_stays_visible() {
        let mut gradient = [0.0; 2];
        assert_eq!(sample(&[1e300, -1e300], 0, &mut gradient), 0.0);
        assert_eq!(sample(&[0.0, 1e300], 0, &mut gradient), 1e300);
        assert!(sample(&[f64::NAN, 0.0], 1, &mut gradient).is_nan());
        assert!(sample(&[f64::INFINITY, 0.0], 0, &mut gradient).is_nan());
    }
}
