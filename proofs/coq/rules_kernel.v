(* The integration rules with three sites at one vertex and two kernel factors; same setting as rules_three.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag moments rules rules_three.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Rules.
Variables (R : numFieldType) (n dim : nat) (s : 'I_dim -> R).
Variables (H : 'rV[R]_dim) (Y : R) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim).

Local Notation E := (@expect R n dim s).
Local Notation S := (@vS R n dim H).
Local Notation t := (@vt R n dim Y q c v).
Local Notation q_aa := (@vq R n dim H Y q c v).
Local Notation m_aa := (@vm R n dim Y q c v).
Local Notation m_ungated := (@vm_ungated R n dim Y q c v).
Local Notation r_aaa := (@vr R n dim H Y q c v).
Local Notation Sc := (@Sc R dim s H).
Local Notation tc := (@tc R dim s q c v).
Local Notation qcc := (@qcc R dim s H q c v).
Local Notation mcc := (@mcc R dim s q c v).
Local Notation rccc := (@rccc R dim s H q c v).
Local Notation N := (n%:R : R).
Local Notation gate := (@Gate R n dim).
Local Notation dot := (@dot R dim s).

Ltac fin := rewrite ?/moments.Sc; repeat match goal with |- context [moments.dot s (v ?l) H] => rewrite (dotC s (v l) H) end; field.
Ltac lin_by a b1 b2 tac := rewrite (@lin _ _ s H _ c v _ _ _ a b1 b2) => [||u]; [by field|by tac; fin|by tac; fin].
Ltac lin0_by b1 b2 tac := rewrite (@lin0 _ _ s H _ c v _ _ b1 b2) => [|u]; [by field|by tac; fin].
Ltac quad_by a b1 b2 d1 d2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad _ _ s H _ c v _ _ _ _ _ _ a b1 b2 d1 d2 a1 a2 a3 a4 a5) => [||u|u|u w];
  [by field|by tac; fin|by tac; fin|by tac; fin|by tac; fin].
Ltac quad_l_by d1 d2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_l _ _ s H _ c v _ _ _ _ d1 d2 a1 a2 a3 a4 a5) => [|u|u w]; [by field|by tac; fin|by tac; fin].
Ltac quad_r_by b1 b2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_r _ _ s H _ c v _ _ _ _ _ b1 b2 a1 a2 a3 a4 a5) => [|u|u w]; [by field|by tac; fin|by tac; fin].
Ltac quad_0_by a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_0 _ _ s H _ c v _ _ _ a1 a2 a3 a4 a5) => [|u w]; [by field|by tac; fin].

(* S(a) K K on one neuron: the same for S t t, S m, q t and r. *)
Let one : R := 1 / 2%:R * Sc * (Y + tc) ^+ 2 + 2%:R * (Y + tc) * qcc + Sc * mcc + 4%:R * rccc.
Ltac one_by i := rewrite /one; quad_by (1 / 2%:R * Sc) (1 / 2%:R * Sc) (1 : R) (1 / 2%:R * Sc) (1 : R)
  (1 / 2%:R * Sc) constr:(Sc) (1 : R) (1 : R) (4%:R : R) ltac:(on1 i).

(* r with its middle index ungated. *)
Definition vr_ungated : rv R n dim := Sum (fun i => Sum (fun j => Sum (fun k => Mul (gate i) (Mul (gate k)
  (Mul (Form i H) (Mul (@kernel R n dim Y q c v i j) (Mul (@kernel R n dim Y q c v j k) (Form k H)))))))).

(* Sums over neurons may be taken first, also behind a third factor. *)
Lemma expand_sums3 a b d (F : 'I_a -> rv R n dim) (G : 'I_b -> rv R n dim) (K : 'I_d -> rv R n dim) k x :
  expand (Mul (Sum F) (Mul (Sum G) (Sum K))) k x
  = \sum_i \sum_j \sum_l expand (F i) (expand (G j) (expand (K l) k)) x.
Proof.
transitivity (\sum_i expand (F i) (expand (Mul (Sum G) (Sum K)) k) x); first by [].
apply: eq_bigr => i _.
rewrite (@expand_ext _ _ _ _ _ (fun y => \sum_j \sum_l expand (G j) (expand (K l) k) y)); last by move=> y; exact: expand_sums.
by rewrite expand_sum; apply: eq_bigr => j _; rewrite expand_sum.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) t(a) t(a)] = n^2(n+3)/8 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n(n+1)/2 S(c) m(c,c)
   + n(n+1) (S(y) q(c,c) + q(c,c) t(c)) + 4n r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_Stt : E (Mul S (Mul t t))
  = N ^+ 2 * (N + 3%:R) / 8%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (N + 1) / 2%:R * (Sc * mcc)
    + N * (N + 1) * (Y * qcc + tc * qcc) + 4%:R * N * rccc.
Proof.
rewrite /expect expand_sums3 /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * (Y + tc) * qcc)
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * (Y + tc) * qcc)
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * Sc * mcc)
  (1 / 8%:R * Sc * (Y + tc) ^+ 2)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (1 / 2%:R : R) (1 / 4%:R * Sc) (0 : R) (1 / 2%:R : R) (0 : R) (0 : R)
    ltac:(on2 ik).
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (1 / 2%:R : R) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (1 / 2%:R : R) (0 : R)
    ltac:(on2 ij).
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (1 / 2%:R * Sc) (0 : R) (0 : R) (0 : R)
    ltac:(on2 ij).
- by rewrite !eqxx; quad_by (1 / 8%:R * Sc) (1 / 8%:R * Sc) (0 : R) (1 / 8%:R * Sc) (0 : R) (1 / 8%:R * Sc) (0 : R) (0 : R) (0 : R) (0 : R)
    ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) m(a,a)] = n(n+1)/4 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n(n^2+5n+2)/8 S(c) m(c,c)
   + 2n (S(y) q(c,c) + q(c,c) t(c)) + n(n+3) r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_Sm : E (Mul S m_aa)
  = N * (N + 1) / 4%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (N ^+ 2 + 5%:R * N + 2%:R) / 8%:R * (Sc * mcc)
    + 2%:R * N * (Y * qcc + tc * qcc) + N * (N + 3%:R) * rccc.
Proof.
rewrite /expect /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Sc * mcc + 1 / 2%:R * rccc)
  (1 / 4%:R * Sc * mcc + 1 / 2%:R * rccc)
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * Sc * mcc)
  (1 / 8%:R * Sc * mcc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite (negbTE ik); quad_0_by (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ik).
- by rewrite [_ == i](eq_sym) (negbTE ij); quad_0_by (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ij).
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (1 / 2%:R * Sc) (0 : R) (0 : R) (0 : R)
    ltac:(on2 ij).
- by rewrite (negbTE jk); quad_0_by (0 : R) (1 / 8%:R * Sc) (0 : R) (0 : R) (0 : R) ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) m(a,a~)] = n(n+1)/4 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n(n+1)^2/4 S(c) m(c,c)
   + 2n (S(y) q(c,c) + q(c,c) t(c)) + n(3n+5)/2 r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_Sm_ungated : E (Mul S m_ungated)
  = N * (N + 1) / 4%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (N + 1) ^+ 2 / 4%:R * (Sc * mcc)
    + 2%:R * N * (Y * qcc + tc * qcc) + N * (3%:R * N + 5%:R) / 2%:R * rccc.
Proof.
rewrite /expect /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Sc * mcc + 1 / 2%:R * rccc)
  (1 / 2%:R * Sc * mcc + rccc)
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * Sc * mcc)
  (1 / 4%:R * Sc * mcc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite (negbTE ik); quad_0_by (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ik).
- by rewrite [_ == i](eq_sym) (negbTE ij); quad_0_by (0 : R) (1 / 2%:R * Sc) (0 : R) (0 : R) (1 : R) ltac:(on2 ij).
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (1 / 2%:R * Sc) (0 : R) (0 : R) (0 : R)
    ltac:(on2 ij).
- by rewrite (negbTE jk); quad_0_by (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (0 : R) ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[q(a,a) t(a)] = n(n+1)/4 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n S(c) m(c,c)
   + n(n^2+5n+10)/8 (S(y) q(c,c) + q(c,c) t(c)) + n(n+3) r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_tq : E (Mul q_aa t)
  = N * (N + 1) / 4%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (Sc * mcc)
    + N * (N ^+ 2 + 5%:R * N + 10%:R) / 8%:R * (Y * qcc + tc * qcc) + N * (N + 3%:R) * rccc.
Proof.
rewrite /expect expand_sums /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 4%:R * Sc * (Y + tc) ^+ 2 + 1 / 2%:R * (Y + tc) * qcc)
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 8%:R * Y * qcc + 1 / 8%:R * tc * qcc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite !eqxx (negbTE ik); quad_l_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (1 / 4%:R : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ik).
- by rewrite !eqxx; quad_by (1 / 4%:R * Sc) (1 / 4%:R * Sc) (0 : R) (1 / 4%:R * Sc) (1 / 2%:R : R) (1 / 4%:R * Sc) (0 : R) (1 / 2%:R : R) (0 : R) (0 : R)
    ltac:(on2 ij).
- by rewrite !eqxx (negbTE ij); quad_l_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (1 / 4%:R : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ij).
- by rewrite !eqxx (negbTE ik); quad_l_by (0 : R) (1 / 8%:R : R) (0 : R) (0 : R) (1 / 8%:R : R) (0 : R) (0 : R) ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[r(a;a;a)] = n/2 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n(n+3)/4 S(c) m(c,c)
   + n(n+3)/2 (S(y) q(c,c) + q(c,c) t(c)) + n(n^2+9n+22)/8 r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_r : E r_aaa
  = N / 2%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (N + 3%:R) / 4%:R * (Sc * mcc)
    + N * (N + 3%:R) / 2%:R * (Y * qcc + tc * qcc) + N * (N ^+ 2 + 9%:R * N + 22%:R) / 8%:R * rccc.
Proof.
rewrite /expect /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 4%:R * Sc * mcc + 1 / 2%:R * rccc)
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 8%:R * rccc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite !eqxx (negbTE ik); quad_r_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (0 : R) (1 / 4%:R : R) (1 / 2%:R : R) ltac:(on2 ik).
- by rewrite [j == i]eq_sym (negbTE ij); quad_0_by (0 : R) (1 / 4%:R * Sc) (0 : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ij).
- by rewrite !eqxx (negbTE ij); quad_l_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (1 / 4%:R : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ij).
- by rewrite (negbTE ij) (negbTE jk); quad_0_by (0 : R) (0 : R) (0 : R) (0 : R) (1 / 8%:R : R) ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[r(a;a~;a)], the middle index ungated: n/2 S(c) (S(y)^2 + 2 S(y) t(c) + t(c)^2) + n(n+1)/2 S(c) m(c,c)
   + n(n+3)/2 (S(y) q(c,c) + q(c,c) t(c)) + n(n^2+5n+10)/4 r(c;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_r_ungated : E vr_ungated
  = N / 2%:R * (Sc * (Y * Y + 2%:R * (Y * tc) + tc * tc)) + N * (N + 1) / 2%:R * (Sc * mcc)
    + N * (N + 3%:R) / 2%:R * (Y * qcc + tc * qcc) + N * (N ^+ 2 + 5%:R * N + 10%:R) / 4%:R * rccc.
Proof.
rewrite /expect /= (@sum3_classes _ _ _ one
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 2%:R * Sc * mcc + rccc)
  (1 / 4%:R * Y * qcc + 1 / 4%:R * tc * qcc + 1 / 2%:R * rccc)
  (1 / 4%:R * rccc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by rewrite /one; field.
- by rewrite !eqxx; one_by i.
- by rewrite !eqxx (negbTE ik); quad_r_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (0 : R) (1 / 4%:R : R) (1 / 2%:R : R) ltac:(on2 ik).
- by rewrite [j == i]eq_sym (negbTE ij); quad_0_by (0 : R) (1 / 2%:R * Sc) (0 : R) (0 : R) (1 : R) ltac:(on2 ij).
- by rewrite !eqxx (negbTE ij); quad_l_by (0 : R) (1 / 4%:R : R) (0 : R) (0 : R) (1 / 4%:R : R) (0 : R) (1 / 2%:R : R) ltac:(on2 ij).
- by rewrite (negbTE ij) (negbTE jk); quad_0_by (0 : R) (0 : R) (0 : R) (0 : R) (1 / 4%:R : R) ltac:(on3 ij ik jk).
Qed.

End Rules.
