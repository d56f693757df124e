(* The integration rules of the finite-width law with two sites at one vertex, from Wick's rule and fair coins.

   `E` averages over the rows and gates of one vertex, given the past (moments.v); Sc, tc, qcc, mcc are the monomials S(c), t(c),
   q(c,c), m(c,c) of proofs/finite-width-law.md, with covariance sites c; Y is S(y).  Every width n is covered, 0 included. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag moments.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Averages of monomials on one neuron i, or on two i != j. *)
Ltac all_in := by rewrite /= ?inE ?eqxx ?orbT.
Ltac read := rewrite /neuron_mean /= ?inE ?eqxx /= ?wick2 ?wick4 ?wick6 ?wick0.
Ltac on1 i := rewrite ?(@mean1 _ _ _ _ i); [read|all_in..].
Ltac on2 ij := rewrite ?(mean2 _ ij); [|all_in..]; rewrite /neuron_mean /= ?inE ?eqxx ?(negbTE ij);
  let ji := fresh in (have ji := ij; rewrite eq_sym in ji; rewrite ?(negbTE ji); clear ji);
  rewrite ?eqxx /= ?wick2 ?wick4 ?wick6 ?wick0.

Section Rules.
Variables (R : numFieldType) (n dim : nat) (s : 'I_dim -> R).
Variables (H : 'rV[R]_dim) (Y : R) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim).

Local Notation E := (@expect R n dim s).
Local Notation S := (@vS R n dim H).
Local Notation t := (@vt R n dim Y q c v).
Local Notation q_aa := (@vq R n dim H Y q c v).
Local Notation m_aa := (@vm R n dim Y q c v).
Local Notation m_ungated := (@vm_ungated R n dim Y q c v).
Local Notation Sc := (@Sc R dim s H).
Local Notation tc := (@tc R dim s q c v).
Local Notation qcc := (@qcc R dim s H q c v).
Local Notation mcc := (@mcc R dim s q c v).
Local Notation N := (n%:R : R).
Local Notation gate := (@Gate R n dim).
Local Notation dot := (@dot R dim s).

Ltac flip := rewrite ?[dot (v _) H](dotC s); field.

(* Claim: lemma-split.  Paper: equations 14-24, the average over one row.
   The general site rule for one site: two half-edges with arbitrary forms w, x; gated and ungated.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem site_rule_1 (w x : 'rV[R]_dim) :
  E (Sum (fun i => Mul (gate i) (Mul (Form i w) (Form i x)))) = N / 2%:R * dot w x /\
  E (Sum (fun i : 'I_n => Mul (Form i w) (Form i x))) = N * dot w x.
Proof.
rewrite /expect /=; split.
  by rewrite (@sum1_class _ _ _ (1 / 2%:R * dot w x)) => [|i]; [field|on1 i].
by rewrite (@sum1_class _ _ _ (dot w x)) => // i; on1 i; rewrite mul1r.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24, the average over one row.
   The general site rule for two gated sites with four arbitrary forms: n/2 times the three pairings on one neuron, n(n-1)/4 times
   the one pairing that joins no two neurons.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem site_rule_2 (a b d e : 'rV[R]_dim) :
  E (Sum (fun i => Sum (fun j => Mul (gate i) (Mul (gate j)
    (Mul (Mul (Form i a) (Form i b)) (Mul (Form j d) (Form j e)))))))
  = N / 2%:R * (dot a b * dot d e + dot a d * dot b e + dot a e * dot b d) + N * (N - 1) / 4%:R * (dot a b * dot d e).
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * (dot a b * dot d e + dot a d * dot b e + dot a e * dot b d))
  (1 / 4%:R * (dot a b * dot d e))) => [|i|i j ij]; first by field.
  by on1 i.
by on2 ij; field.
Qed.

(* Claim: lemma-split.  Paper: equation 10 and the factor 5/n of Jelassi et al. 2023.
   E[S(a) S(a)] = n(n+5)/4 S(c) S(c).
   Rust: archscale_theory::tables::PairTables::ss *)
Theorem rule_SS : E (Mul S S) = N * (N + 5%:R) / 4%:R * (Sc * Sc).
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (3%:R / 2%:R * Sc ^+ 2) (1 / 4%:R * Sc ^+ 2)) => [|i|i j ij]; first by field.
  by on1 i; rewrite /moments.Sc; field.
by on2 ij; rewrite /moments.Sc; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   E[t(a)] = n/2 (S(y) + t(c)): the one-site rule with the weights' own contribution.
   Rust: archscale_theory::tables::PairTables::st *)
Theorem rule_t : E t = N / 2%:R * (Y + tc).
Proof.
rewrite /expect /= (@sum1_class _ _ _ (1 / 2%:R * (Y + tc))) => [|i]; first by field.
rewrite eqxx (@lin _ _ s H _ c v _ _ _ (1 / 2%:R) (1 / 2%:R) 0) => [||l]; first by field.
  by on1 i; rewrite mulr1.
by on1 i; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   E[S(a) t(a)] = n(n+1)/4 (S(c) S(y) + S(c) t(c)) + n q(c,c).
   Rust: archscale_theory::tables::PairTables::st *)
Theorem rule_St : E (Mul S t) = N * (N + 1) / 4%:R * (Sc * Y + Sc * tc) + N * qcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * (Sc * Y + Sc * tc) + qcc) (1 / 4%:R * (Sc * Y + Sc * tc)))
  => [|i|i j ij]; first by field.
  rewrite eqxx (@lin _ _ s H _ c v _ _ _ (1 / 2%:R * Sc) (1 / 2%:R * Sc) 1) => [||l]; first by field.
    by on1 i.
  by on1 i; rewrite /moments.Sc; flip.
rewrite eqxx (@lin _ _ s H _ c v _ _ _ (1 / 4%:R * Sc) (1 / 4%:R * Sc) 0) => [||l]; first by field.
  by on2 ij; rewrite /moments.Sc; field.
by on2 ij; rewrite /moments.Sc; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   E[q(a,a)] = n/2 (S(c) S(y) + S(c) t(c)) + n(n+3)/4 q(c,c).
   Rust: archscale_theory::tables::PairTables::q *)
Theorem rule_q : E q_aa = N / 2%:R * (Sc * Y + Sc * tc) + N * (N + 3%:R) / 4%:R * qcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * (Sc * Y + Sc * tc) + qcc) (1 / 4%:R * qcc)) => [|i|i j ij]; first by field.
  rewrite eqxx (@lin _ _ s H _ c v _ _ _ (1 / 2%:R * Sc) (1 / 2%:R * Sc) 1) => [||l]; first by field.
    by on1 i.
  by on1 i; rewrite /moments.Sc; flip.
rewrite (negbTE ij) (@lin0 _ _ s H _ c v _ _ 0 (1 / 4%:R)) => [|l]; first by field.
by on2 ij; rewrite [dot (v l) H]dotC; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   E[t(a) t(a)] = n(n+1)/4 (S(y) S(y) + 2 S(y) t(c) + t(c) t(c)) + n m(c,c).
   Rust: archscale_theory::tables::PairTables::tt *)
Theorem rule_tt : E (Mul t t) = N * (N + 1) / 4%:R * (Y * Y + 2%:R * (Y * tc) + tc * tc) + N * mcc.
Proof.
rewrite /expect expand_sums /= (@sum2_classes _ _ _ (1 / 2%:R * (Y + tc) ^+ 2 + mcc) (1 / 4%:R * (Y + tc) ^+ 2)) => [|i|i j ij]; first by field.
  rewrite eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ (1 / 2%:R) (1 / 2%:R) 0 (1 / 2%:R) 0 (1 / 2%:R) 1 0 0 0) => [||l|l|l k].
  - by field.
  - by on1 i; rewrite mulr1.
  - by on1 i; field.
  - by on1 i; field.
  - by on1 i; field.
rewrite !eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ (1 / 4%:R) (1 / 4%:R) 0 (1 / 4%:R) 0 (1 / 4%:R) 0 0 0 0) => [||l|l|l k].
- by field.
- by on2 ij; field.
- by on2 ij; field.
- by on2 ij; field.
- by on2 ij; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   E[m(a,a)] = n/2 (S(y) S(y) + 2 S(y) t(c) + t(c) t(c)) + n(n+3)/4 m(c,c).
   Rust: archscale_theory::tables::PairTables::m *)
Theorem rule_m : E m_aa = N / 2%:R * (Y * Y + 2%:R * (Y * tc) + tc * tc) + N * (N + 3%:R) / 4%:R * mcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * (Y + tc) ^+ 2 + mcc) (1 / 4%:R * mcc)) => [|i|i j ij]; first by field.
  rewrite eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ (1 / 2%:R) (1 / 2%:R) 0 (1 / 2%:R) 0 (1 / 2%:R) 1 0 0 0) => [||l|l|l k].
  - by field.
  - by on1 i; rewrite mulr1.
  - by on1 i; field.
  - by on1 i; field.
  - by on1 i; field.
rewrite (negbTE ij) (@quad_0 _ _ s H _ c v _ _ _ 0 (1 / 4%:R) 0 0 0) => [|l k]; first by field.
by on2 ij; field.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24.
   With the first index ungated: E[m(a~,a)] = n/2 (S(y) S(y) + 2 S(y) t(c) + t(c) t(c)) + n(n+1)/2 m(c,c).
   Rust: archscale_theory::tables::PairTables::label_parts *)
Theorem rule_m_ungated : E m_ungated = N / 2%:R * (Y * Y + 2%:R * (Y * tc) + tc * tc) + N * (N + 1) / 2%:R * mcc.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * (Y + tc) ^+ 2 + mcc) (1 / 2%:R * mcc)) => [|i|i j ij]; first by field.
  rewrite eqxx (@quad _ _ s H _ c v _ _ _ _ _ _ (1 / 2%:R) (1 / 2%:R) 0 (1 / 2%:R) 0 (1 / 2%:R) 1 0 0 0) => [||l|l|l k].
  - by field.
  - by on1 i; rewrite mulr1.
  - by on1 i; field.
  - by on1 i; field.
  - by on1 i; field.
rewrite (negbTE ij) (@quad_0 _ _ s H _ c v _ _ _ 0 (1 / 2%:R) 0 0 0) => [|l k]; first by field.
by on2 ij; field.
Qed.

End Rules.
