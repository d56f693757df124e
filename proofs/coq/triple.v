(* A on chains at finite width: the seven three-site moments, layer by layer.

   The steps below are the integration rules of proofs/finite-width-law.md on a chain with C = 2, where a covariance site is 2/n
   times the site one layer earlier; step.v and rules_between.v derive the steps
   from Wick's formula. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Triple.
Variables (R : numFieldType) (n : R).
Hypothesis n0 : n != 0.

(* E[S S S], E[S S t], E[S q], E[S t t], E[S m], E[t q], E[r], all at one layer. *)
Record triple := Triple { SSS : R; SSt : R; Sq : R; Stt : R; Sm : R; tq : R; rr : R }.

Definition triple_start : triple := Triple ((n / 2%:R) ^+ 3) 0 0 0 0 0 0.

Definition triple_step (p : triple) : triple := Triple
  ((n + 4%:R) * (n + 11%:R) / n ^+ 2 * SSS p)
  ((n ^+ 2 + 7%:R * n + 4%:R) / (2%:R * n) * SSS p + (n ^+ 2 + 7%:R * n + 4%:R) / n ^+ 2 * SSt p
   + 8%:R * (n + 5%:R) / n ^+ 2 * Sq p)
  ((n + 5%:R) / n * SSS p + 2%:R * (n + 5%:R) / n ^+ 2 * SSt p + (n ^+ 2 + 13%:R * n + 34%:R) / n ^+ 2 * Sq p)
  (n * (n + 3%:R) / 4%:R * SSS p + (n + 3%:R) * SSt p + 4%:R * (n + 1) / n * Sq p + (n + 3%:R) / n * Stt p
   + 4%:R * (n + 1) / n ^+ 2 * Sm p + 8%:R * (n + 1) / n ^+ 2 * tq p + 32%:R / n ^+ 2 * rr p)
  ((n + 1) / 2%:R * SSS p + 2%:R * (n + 1) / n * SSt p + 8%:R / n * Sq p + 2%:R * (n + 1) / n ^+ 2 * Stt p
   + (n ^+ 2 + 5%:R * n + 2%:R) / n ^+ 2 * Sm p + 16%:R / n ^+ 2 * tq p + 8%:R * (n + 3%:R) / n ^+ 2 * rr p)
  ((n + 1) / 2%:R * SSS p + 2%:R * (n + 1) / n * SSt p + (n ^+ 2 + 5%:R * n + 10%:R) / (2%:R * n) * Sq p
   + 2%:R * (n + 1) / n ^+ 2 * Stt p + 8%:R / n ^+ 2 * Sm p + (n ^+ 2 + 5%:R * n + 10%:R) / n ^+ 2 * tq p
   + 8%:R * (n + 3%:R) / n ^+ 2 * rr p)
  (SSS p + 4%:R / n * SSt p + 2%:R * (n + 3%:R) / n * Sq p + 4%:R / n ^+ 2 * Stt p + 2%:R * (n + 3%:R) / n ^+ 2 * Sm p
   + 4%:R * (n + 3%:R) / n ^+ 2 * tq p + (n ^+ 2 + 9%:R * n + 22%:R) / n ^+ 2 * rr p).

Definition triple_state (l : nat) : triple := iter l triple_step triple_start.

(* Layer l, ungated, against layer l: the pair E[S_l m(l~, l)], E[r(l; l~; l)] from the moments of layer l - 1. *)
Definition ungated_start (p : triple) : R * R := let c := 2%:R / n in
  (n * (n + 1) / 4%:R * (c * SSS p) + n * (n + 1) / 2%:R * (c ^+ 2 * SSt p) + n * (n + 1) ^+ 2 / 4%:R * (c ^+ 3 * Sm p)
   + n * (n + 1) / 4%:R * (c ^+ 3 * Stt p) + 2%:R * n * (c ^+ 2 * Sq p) + 2%:R * n * (c ^+ 3 * tq p)
   + n * (3%:R * n + 5%:R) / 2%:R * (c ^+ 3 * rr p),
   n / 2%:R * (c * SSS p) + n * (c ^+ 2 * SSt p) + n * (n + 1) / 2%:R * (c ^+ 3 * Sm p) + n / 2%:R * (c ^+ 3 * Stt p)
   + n * (n + 3%:R) / 2%:R * (c ^+ 2 * Sq p) + n * (n + 3%:R) / 2%:R * (c ^+ 3 * tq p)
   + n * (n ^+ 2 + 5%:R * n + 10%:R) / 4%:R * (c ^+ 3 * rr p)).

(* The same pair with the two gated sites one layer later: E[S_a m(l~, a)], E[r(a; l~; a)]. *)
Definition ungated_step (x : R * R) : R * R := let c := 2%:R / n in
  (n * (n + 1) / 4%:R * (c ^+ 2 * x.1) + n * (c ^+ 2 * x.2), n / 2%:R * (c ^+ 2 * x.1) + n * (n + 3%:R) / 4%:R * (c ^+ 2 * x.2)).

(* A(l; L) at layer l >= 1 of a chain with L = l + above hidden layers. *)
Definition output_part (l above : nat) : R :=
  let x := iter above ungated_step (ungated_start (triple_state l.-1)) in 4%:R / n ^+ 5 * (x.1 + 2%:R * x.2).

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A, on a chain.
   At the last layer A is this linear form in the seven moments of the layer before.
   Rust: archscale_theory::chain::moments::ChainMoments::output_part *)
Theorem chain_output_part_last l : (0 < l)%N -> let p := triple_state l.-1 in
  output_part l 0 = (n + 5%:R) / n ^+ 5 * (2%:R * SSS p + 8%:R / n * SSt p + 16%:R / n * Sq p + 8%:R / n ^+ 2 * Stt p
    + 8%:R * (n + 1) / n ^+ 2 * Sm p + 32%:R / n ^+ 2 * tq p + 16%:R * (n + 3%:R) / n ^+ 2 * rr p).
Proof. by move=> l1 p; rewrite /output_part /= -/p; field. Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A, on a chain.
   The layers above l enter A only through a factor: A(l; L) = (1 + 5/n)^(L - l) A(l; l).
   Rust: archscale_theory::chain::moments::ChainMoments::output_part *)
Theorem chain_output_part_above l above : output_part l above = (1 + 5%:R / n) ^+ above * output_part l 0.
Proof.
elim: above => [|a IH]; first by rewrite expr0 mul1r.
rewrite exprS -mulrA -IH /output_part iterS.
by move: (iter a _ _) => [x y]; rewrite /ungated_step /=; field.
Qed.

(* Claim: lemma-A-order.  Paper: the sixth moment of a layer of a chain.
   E|h_l|^6 = (n/2)^3 ((1 + 4/n)(1 + 11/n))^l.
   Rust: archscale_theory::chain::moments::triple_transfer *)
Theorem chain_sixth_moment l : SSS (triple_state l) = (n / 2%:R) ^+ 3 * ((1 + 4%:R / n) * (1 + 11%:R / n)) ^+ l.
Proof.
elim: l => [|l IH]; first by rewrite expr0 mulr1.
rewrite [_ ^+ l.+1]exprS mulrCA -IH /triple_state iterS /=.
by move: (iter l _ _) => p; field.
Qed.

End Triple.
