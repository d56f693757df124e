(* The expansion of B(L) in powers of 1/n on chains, for every depth L.

   In x = 1/n the moments, divided by their powers of n/2, obey a recursion whose coefficients are polynomials in x.  So B(L) is
   a polynomial in x, and its coefficients are polynomials in L that an induction confirms. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit tables.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Expansion.
Variable R : numFieldType.

(* Scaled moments as polynomials in x: SS/(n/2)^2, St/(n/2)^3, tt/(n/2)^4, m/(n/2)^3, q/(n/2)^2. *)
Record scaled := Scaled { pss : {poly R}; pst : {poly R}; ptt : {poly R}; pm : {poly R}; pq : {poly R} }.

Definition scaled_step (p : scaled) : scaled := Scaled
  (pss p + 5%:R *: (pss p * 'X))
  ((pss p + pst p) + (pss p + pst p) * 'X + 8%:R *: (pq p * 'X * 'X))
  ((pss p + 2%:R *: pst p + ptt p) + (pss p + 2%:R *: pst p + ptt p) * 'X + 8%:R *: (pm p * 'X * 'X))
  (pss p + 2%:R *: pst p + ptt p + pm p + 3%:R *: (pm p * 'X))
  (pss p + pst p + pq p + 3%:R *: (pq p * 'X)).

Definition scaled_state (l : nat) : scaled := iter l scaled_step (Scaled 1 0 0 0 0).

(* B of the layer after l, as a polynomial in x. *)
Definition label_poly (l : nat) : {poly R} := let p := scaled_state l in
  4%:R^-1 *: (pss p + 2%:R *: pst p + ptt p) + 2%:R^-1 *: (pm p + pm p * 'X).

Section Width.
Variable n : R.
Hypothesis n0 : n != 0.

Lemma scaled_moments l : let p := pair_state n l in let s := scaled_state l in let x := 1 / n in
  [/\ ss p = (n / 2%:R) ^+ 2 * (pss s).[x], st p = (n / 2%:R) ^+ 3 * (pst s).[x], tt p = (n / 2%:R) ^+ 4 * (ptt s).[x],
      m p = (n / 2%:R) ^+ 3 * (pm s).[x] & q p = (n / 2%:R) ^+ 2 * (pq s).[x]].
Proof.
elim: l => [|l] /=; first by split; rewrite !hornerE; ring.
rewrite -/(pair_state n l) -/(scaled_state l).
case: (pair_state n l) (scaled_state l) => [p1 p2 p3 p4 p5] [a b c d e] /= [-> -> -> -> ->].
rewrite /lambda !(hornerD, hornerZ, hornerMX).
by move: (a.[_]) (b.[_]) (c.[_]) (d.[_]) (e.[_]) => a' b' c' d' e'; split; field.
Qed.

Lemma label_horner l : pair_label n (pair_state n l) = (label_poly l).[1 / n].
Proof.
have := scaled_moments l; rewrite /pair_label /label_poly.
case: (pair_state n l) (scaled_state l) => [p1 p2 p3 p4 p5] [a b c d e] /= [-> -> -> -> _].
rewrite !(hornerD, hornerZ, hornerMX).
by move: (a.[_]) (b.[_]) (c.[_]) (d.[_]) => a' b' c' d'; field.
Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, beyond leading order.
   B(L) of a chain, from the five tables at any width n, is the value at 1/n of one polynomial that does not depend on n.
   Rust: archscale_theory::chain::closed::ChainExpansion *)
Theorem chain_label_polynomial N T l : pair_law (chain N) (he R (chain N)) n T ->
  (0 < l <= N)%N -> label_part T l = (label_poly l.-1).[1 / n].
Proof. by case: l => [//|l] TL lN; rewrite (chain_label n0 TL) // label_horner. Qed.

End Width.

Lemma coef_sXX (a : R) (p : {poly R}) : [/\ (a *: (p * 'X * 'X))`_0 = 0, (a *: (p * 'X * 'X))`_1 = 0 &
  (a *: (p * 'X * 'X))`_2 = a * p`_0].
Proof. by split; rewrite coefZ !coefMX /= ?mulr0. Qed.

(* Coefficients of x^0, x^1, x^2 of the scaled moments of layer l. *)
Lemma scaled_coefs l : let s := scaled_state l in let L := l%:R : R in
  [/\ [/\ (pss s)`_0 = 1, (pss s)`_1 = 5%:R * L & (pss s)`_2 = 25%:R * L * (L - 1) / 2%:R],
      [/\ (pst s)`_0 = L, (pst s)`_1 = L * (3%:R * L - 2%:R) & (pst s)`_2 = L * (L - 1) * (13%:R * L - 12%:R) / 2%:R],
      [/\ (ptt s)`_0 = L ^+ 2, (ptt s)`_1 = L * (7%:R * L ^+ 2 - 6%:R * L + 2%:R) / 3%:R
        & (ptt s)`_2 = L * (L - 1) * (3%:R * L - 2%:R) ^+ 2 / 2%:R],
      [/\ (pm s)`_0 = L * (L + 1) * (2%:R * L + 1) / 6%:R, (pm s)`_1 = L * (L - 1) * (L + 1) * (5%:R * L + 1) / 6%:R
        & (pm s)`_2 = L * (L - 1) * (L - 2%:R) * (L + 1) * (28%:R * L + 1) / 20%:R] &
      (pq s)`_0 = L * (L + 1) / 2%:R].
Proof.
elim: l => [|l IH] /=.
  by rewrite !coef0 !coefC /=; split; [split|split|split|split|]; ring.
move: IH; set s := scaled_state l; rewrite [l.+1%:R]natrS; move: (l%:R) => L.
move=> [] [s0 s1 s2] [t0 t1 t2] [T0 T1 T2] [m0 m1 m2] q0.
rewrite /scaled_step /= !(coefD, coefZ, coefMX) /= s0 s1 s2 t0 t1 t2 T0 T1 T2 m0 m1 m2 q0.
by split; [split|split|split|split|]; field.
Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, beyond leading order.
   B(L) = L(2L^2+1)/12 + (1/n) 5L(L-1)(L^2-L+1)/12 + (1/n^2) L(L-1)(L-2)(84L^2-148L+143)/120 + O(1/n^3), for every depth L.
   Rust: archscale_theory::chain::closed::ChainExpansion *)
Theorem chain_label_expansion l : (0 < l)%N -> let L := l%:R : R in
  [/\ (label_poly l.-1)`_0 = L * (2%:R * L ^+ 2 + 1) / 12%:R,
      (label_poly l.-1)`_1 = 5%:R * L * (L - 1) * (L ^+ 2 - L + 1) / 12%:R &
      (label_poly l.-1)`_2 = L * (L - 1) * (L - 2%:R) * (84%:R * L ^+ 2 - 148%:R * L + 143%:R) / 120%:R].
Proof.
case: l => [//|l] _; rewrite [l.+1%:R]natrS /=; have := scaled_coefs l; rewrite /label_poly.
set s := scaled_state l; move: (l%:R) => L.
move=> [] [s0 s1 s2] [t0 t1 t2] [T0 T1 T2] [m0 m1 m2] q0.
rewrite !(coefD, coefZ, coefMX) /= s0 s1 s2 t0 t1 t2 T0 T1 T2 m0 m1 m2.
by split; field.
Qed.

End Expansion.
