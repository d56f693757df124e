(* The integration rules with three sites at one vertex, which A needs; same setting as rules.v, with r(c;c;c) written rccc. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag moments rules.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Averages of monomials on three different neurons. *)
Ltac on3 ij ik jk := rewrite ?(mean3 _ ij ik jk); [|all_in..];
  let ji := fresh in let ki := fresh in let kj := fresh in
  (have ji := ij; rewrite eq_sym in ji; have ki := ik; rewrite eq_sym in ki; have kj := jk; rewrite eq_sym in kj;
   rewrite /neuron_mean /= ?inE ?eqxx ?(negbTE ij) ?(negbTE ik) ?(negbTE jk) ?(negbTE ji) ?(negbTE ki) ?(negbTE kj);
   clear ji ki kj); rewrite ?eqxx /= ?wick2 ?wick4 ?wick6 ?wick0.

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
Ltac lin_by a b1 b2 tac := rewrite (@lin _ _ s H _ c v _ _ _ a b1 b2) => [||l]; [by field|by tac; fin|by tac; fin].
Ltac lin0_by b1 b2 tac := rewrite (@lin0 _ _ s H _ c v _ _ b1 b2) => [|l]; [by field|by tac; fin].
Ltac quad_by a b1 b2 d1 d2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad _ _ s H _ c v _ _ _ _ _ _ a b1 b2 d1 d2 a1 a2 a3 a4 a5) => [||l|l|l k];
  [by field|by tac; fin|by tac; fin|by tac; fin|by tac; fin].
Ltac quad_l_by d1 d2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_l _ _ s H _ c v _ _ _ _ d1 d2 a1 a2 a3 a4 a5) => [|l|l k]; [by field|by tac; fin|by tac; fin].
Ltac quad_r_by b1 b2 a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_r _ _ s H _ c v _ _ _ _ _ b1 b2 a1 a2 a3 a4 a5) => [|l|l k]; [by field|by tac; fin|by tac; fin].
Ltac quad_0_by a1 a2 a3 a4 a5 tac :=
  rewrite (@quad_0 _ _ s H _ c v _ _ _ a1 a2 a3 a4 a5) => [|l k]; [by field|by tac; fin].

(* S(a) K K on one neuron: the same for S t t, S m, q t and r. *)
Let one : R := 1 / 2%:R * Sc * (Y + tc) ^+ 2 + 2%:R * (Y + tc) * qcc + Sc * mcc + 4%:R * rccc.
Ltac one_by i := rewrite /one; quad_by (1 / 2%:R * Sc) (1 / 2%:R * Sc) (1 : R) (1 / 2%:R * Sc) (1 : R)
  (1 / 2%:R * Sc) constr:(Sc) (1 : R) (1 : R) (4%:R : R) ltac:(on1 i).

(* Claim: lemma-split.  Paper: equations 14-24, the average over one row.
   The general site rule for three gated sites with six arbitrary forms: all pairings on one neuron, those of a pair of sites and
   the third, and the one that joins no two neurons.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem site_rule_3 (a b d e f g : 'rV[R]_dim) :
  E (Sum (fun i => Sum (fun j => Sum (fun k => Mul (gate i) (Mul (gate j) (Mul (gate k)
    (Mul (Mul (Form i a) (Form i b)) (Mul (Mul (Form j d) (Form j e)) (Mul (Form k f) (Form k g))))))))))
  = N / 2%:R * wick s [:: a; b; d; e; f; g]
    + N * (N - 1) / 4%:R * (wick s [:: a; b; d; e] * dot f g + wick s [:: a; b; f; g] * dot d e + dot a b * wick s [:: d; e; f; g])
    + N * (N - 1) * (N - 2%:R) / 8%:R * (dot a b * dot d e * dot f g).
Proof.
rewrite /expect /= (@sum3_classes _ _ _ (1 / 2%:R * wick s [:: a; b; d; e; f; g]) (1 / 4%:R * (wick s [:: a; b; d; e] * dot f g))
  (1 / 4%:R * (wick s [:: a; b; f; g] * dot d e)) (1 / 4%:R * (dot a b * wick s [:: d; e; f; g]))
  (1 / 8%:R * (dot a b * dot d e * dot f g))) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by field.
- by rewrite !wick6; on1 i.
- by rewrite !wick4; on2 ik; field.
- by rewrite !wick4; on2 ij; field.
- by rewrite !wick4; on2 ij; field.
- by on3 ij ik jk; field.
Qed.

(* Claim: lemma-A-order.  Paper: the sixth moment of a layer.
   E[S(a) S(a) S(a)] = n(n+4)(n+11)/8 S(c)^3.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_SSS : E (Mul S (Mul S S)) = N * (N + 4%:R) * (N + 11%:R) / 8%:R * Sc ^+ 3.
Proof.
rewrite /expect /= (@sum3_classes _ _ _ (15%:R / 2%:R * Sc ^+ 3) (3%:R / 4%:R * Sc ^+ 3) (3%:R / 4%:R * Sc ^+ 3)
  (3%:R / 4%:R * Sc ^+ 3) (1 / 8%:R * Sc ^+ 3)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by field.
- by on1 i; fin.
- by on2 ik; fin.
- by on2 ij; fin.
- by on2 ij; fin.
- by on3 ij ik jk; fin.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) S(a) t(a)] = n(n^2+7n+4)/8 (S(c)^2 S(y) + S(c)^2 t(c)) + n(n+5) S(c) q(c,c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_SSt : E (Mul S (Mul S t))
  = N * (N ^+ 2 + 7%:R * N + 4%:R) / 8%:R * (Sc ^+ 2 * Y + Sc ^+ 2 * tc) + N * (N + 5%:R) * (Sc * qcc).
Proof.
rewrite /expect /= (@sum3_classes _ _ _ (3%:R / 2%:R * Sc ^+ 2 * (Y + tc) + 6%:R * Sc * qcc) (3%:R / 4%:R * Sc ^+ 2 * (Y + tc))
  (1 / 4%:R * Sc ^+ 2 * (Y + tc) + 1 / 2%:R * Sc * qcc) (1 / 4%:R * Sc ^+ 2 * (Y + tc) + 1 / 2%:R * Sc * qcc)
  (1 / 8%:R * Sc ^+ 2 * (Y + tc))) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by field.
- by rewrite !eqxx; lin_by (3%:R / 2%:R * Sc ^+ 2) (3%:R / 2%:R * Sc ^+ 2) (6%:R * Sc) ltac:(on1 i).
- by rewrite !eqxx; lin_by (3%:R / 4%:R * Sc ^+ 2) (3%:R / 4%:R * Sc ^+ 2) (0 : R) ltac:(on2 ik).
- by rewrite !eqxx; lin_by (1 / 4%:R * Sc ^+ 2) (1 / 4%:R * Sc ^+ 2) (1 / 2%:R * Sc) ltac:(on2 ij).
- by rewrite !eqxx; lin_by (1 / 4%:R * Sc ^+ 2) (1 / 4%:R * Sc ^+ 2) (1 / 2%:R * Sc) ltac:(on2 ij).
- by rewrite !eqxx; lin_by (1 / 8%:R * Sc ^+ 2) (1 / 8%:R * Sc ^+ 2) (0 : R) ltac:(on3 ij ik jk).
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) q(a,a)] = n(n+5)/4 (S(c)^2 S(y) + S(c)^2 t(c)) + n(n^2+13n+34)/8 S(c) q(c,c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_Sq : E (Mul S q_aa)
  = N * (N + 5%:R) / 4%:R * (Sc ^+ 2 * Y + Sc ^+ 2 * tc) + N * (N ^+ 2 + 13%:R * N + 34%:R) / 8%:R * (Sc * qcc).
Proof.
rewrite /expect /= (@sum3_classes _ _ _ (3%:R / 2%:R * Sc ^+ 2 * (Y + tc) + 6%:R * Sc * qcc) (3%:R / 4%:R * Sc * qcc)
  (3%:R / 4%:R * Sc * qcc) (1 / 4%:R * Sc ^+ 2 * (Y + tc) + 1 / 2%:R * Sc * qcc)
  (1 / 8%:R * Sc * qcc)) => [|i|i k ik|i j ij|i j ij|i j k ij ik jk]; first by field.
- by rewrite !eqxx; lin_by (3%:R / 2%:R * Sc ^+ 2) (3%:R / 2%:R * Sc ^+ 2) (6%:R * Sc) ltac:(on1 i).
- by rewrite (negbTE ik); lin0_by (0 : R) (3%:R / 4%:R * Sc) ltac:(on2 ik).
- by rewrite [_ == i](eq_sym) (negbTE ij); lin0_by (0 : R) (3%:R / 4%:R * Sc) ltac:(on2 ij).
- by rewrite !eqxx; lin_by (1 / 4%:R * Sc ^+ 2) (1 / 4%:R * Sc ^+ 2) (1 / 2%:R * Sc) ltac:(on2 ij).
- by rewrite (negbTE jk); lin0_by (0 : R) (1 / 8%:R * Sc) ltac:(on3 ij ik jk).
Qed.

End Rules.
