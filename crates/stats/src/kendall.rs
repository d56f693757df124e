/// Kendall's rank correlation τ-b of paired values.
///
/// **Statement.** τ-b = (P − Q) / ((N − T_x)(N − T_y))^½ with N = n(n − 1)/2 pairs, P of them in the same order in x and y,
/// Q in opposite orders, T_x tied in x and T_y tied in y. `None` where all values of x or of y are tied, or there are fewer
/// than two. Values that are not numbers compare as equal to all. It takes time n².
///
/// **Source.** Kendall, The treatment of ties in ranking problems, Biometrika 33 (1945) 239.
///
/// ```
/// use archscale_stats::tau_b;
/// // Of the six pairs one is reversed.
/// assert_eq!(tau_b(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 4.0, 3.0]), Some(4.0 / 6.0));
/// ```
#[must_use]
pub fn tau_b(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut score, mut untied_x, mut untied_y) = (0_i64, 0_i64, 0_i64);
    for (j, (xj, yj)) in x.iter().zip(y).enumerate() {
        for (xi, yi) in x.iter().zip(y).take(j) {
            let (a, b) = (order(*xj, *xi), order(*yj, *yi));
            score += a * b;
            untied_x += a * a;
            untied_y += b * b;
        }
    }
    let scale = (untied_x as f64 * untied_y as f64).sqrt();
    (scale > 0.0).then(|| score as f64 / scale)
}

fn order(a: f64, b: f64) -> i64 {
    i64::from(a > b) - i64::from(a < b)
}
