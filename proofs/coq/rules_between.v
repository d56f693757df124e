(* The integration rules with a site at one vertex a and kernel factors towards earlier neurons: such a factor is a linear form
   r_i . w of the row at a, with w from the past.  Same setting as rules.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag triple moments rules step.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Rules.
Variables (R : numFieldType) (n dim : nat) (s : 'I_dim -> R).
Variables (H : 'rV[R]_dim) (Y : R) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim) (w : 'rV[R]_dim).

Local Notation E := (@expect R n dim s).
Local Notation S := (@vS R n dim H).
Local Notation t := (@vt R n dim Y q c v).
Local Notation K := (@kernel R n dim Y q c v).
Local Notation Sc := (@Sc R dim s H).
Local Notation tc := (@tc R dim s q c v).
Local Notation N := (n%:R : R).
Local Notation gate := (@Gate R n dim).
Local Notation dot := (@dot R dim s).

(* q(b,c) . t-like contraction: h' G M G w, which is r(b;c;c), r(c;c;b) or q(c,b) according to what w is. *)
Definition between : R := \sum_l c l * (dot H (v l) * dot (v l) w).

Lemma csum_between (f : 'I_q -> R) (a b : R) : (forall l, f l = a * dot (v l) (v l) + b * (dot H (v l) * dot (v l) w)) ->
  \sum_l c l * f l = a * tc + b * between.
Proof. by move=> fE; rewrite (eq_bigr _ (fun l _ => congr1 _ (fE l))) csum_add !csum_scale. Qed.

Ltac fin := rewrite ?/moments.Sc; repeat match goal with |- context [moments.dot s (v ?l) H] => rewrite (dotC s (v l) H) end; field.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) m(a,b)] = n(n+1)/4 S(c) m(b,c) + n r(c;b;c), and with the site of m ungated n^2/2 and n; per neuron of b.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_S_m_between :
  E (Mul S (Sum (fun k => Mul (gate k) (Mul (Form k w) (Form k w)))))
    = N * (N + 1) / 4%:R * (Sc * dot w w) + N * dot H w ^+ 2 /\
  E (Mul S (Sum (fun k : 'I_n => Mul (Form k w) (Form k w)))) = N ^+ 2 / 2%:R * (Sc * dot w w) + N * dot H w ^+ 2.
Proof.
rewrite /expect /=; split.
  rewrite (@sum2_classes _ _ _ (1 / 2%:R * (Sc * dot w w + 2%:R * dot H w ^+ 2)) (1 / 4%:R * (Sc * dot w w)))
    => [|i|i j ij]; [by field|by on1 i; fin|by on2 ij; fin].
rewrite (@sum2_classes _ _ _ (1 / 2%:R * (Sc * dot w w + 2%:R * dot H w ^+ 2)) (1 / 2%:R * (Sc * dot w w)))
  => [|i|i j ij]; [by field|by on1 i; fin|by on2 ij; fin].
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[S(a) q(a,b)] = n(n+5)/4 S(c) q(b,c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_S_q_between :
  E (Mul S (Sum (fun k => Mul (gate k) (Mul (Form k H) (Form k w))))) = N * (N + 5%:R) / 4%:R * (Sc * dot H w).
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (3%:R / 2%:R * (Sc * dot H w)) (1 / 4%:R * (Sc * dot H w)))
  => [|i|i j ij]; [by field|by on1 i; fin|by on2 ij; fin].
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[r(a;b;a)] = n/2 S(c) m(b,c) + n(n+3)/4 r(c;b;c), per neuron of b.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_r_between_middle :
  E (Sum (fun i => Sum (fun k => Mul (gate i) (Mul (gate k) (Mul (Mul (Form i H) (Form i w)) (Mul (Form k w) (Form k H)))))))
  = N / 2%:R * (Sc * dot w w) + N * (N + 3%:R) / 4%:R * dot H w ^+ 2.
Proof.
by rewrite site_rule_2 [dot w H]dotC /moments.Sc; field.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[q(a,b) t(a)] = n(n+1)/4 (S(y) q(b,c) + q(b,c) t(c)) + n r(b;c;c).
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_q_t_between :
  E (Mul (Sum (fun i => Mul (gate i) (Mul (Form i H) (Form i w)))) t)
  = N * (N + 1) / 4%:R * (Y * dot H w + dot H w * tc) + N * between.
Proof.
rewrite /expect /= (@sum2_classes _ _ _ (1 / 2%:R * dot H w * (Y + tc) + between) (1 / 4%:R * dot H w * (Y + tc)))
  => [|i|i j ij]; first by field.
  rewrite eqxx (@csum_between _ (1 / 2%:R * dot H w) 1) => [|l]; last first.
    by on1 i; rewrite [dot w (v l)]dotC; fin.
  by on1 i; field.
rewrite eqxx (@csum_between _ (1 / 4%:R * dot H w) 0) => [|l]; last by on2 ij; fin.
by on2 ij; field.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A.
   E[r(a;a;b)] = n/2 (S(y) q(b,c) + q(b,c) t(c)) + n(n+3)/4 r(b;c;c), and with the middle index ungated n(n+1)/2.
   Rust: archscale_theory::sites::rule::integration_rule *)
Theorem rule_r_between_end :
  E (Sum (fun i => Sum (fun j => Mul (gate i) (Mul (gate j) (Mul (Form i H) (Mul (K i j) (Form j w)))))))
    = N / 2%:R * (Y * dot H w + dot H w * tc) + N * (N + 3%:R) / 4%:R * between /\
  E (Sum (fun i => Sum (fun j => Mul (gate i) (Mul (Form i H) (Mul (K i j) (Form j w))))))
    = N / 2%:R * (Y * dot H w + dot H w * tc) + N * (N + 1) / 2%:R * between.
Proof.
rewrite /expect /=; split.
  rewrite (@sum2_classes _ _ _ (1 / 2%:R * dot H w * (Y + tc) + between) (1 / 4%:R * between)) => [|i|i j ij]; first by field.
    rewrite eqxx (@csum_between _ (1 / 2%:R * dot H w) 1) => [|l]; last by on1 i; fin.
    by on1 i; field.
  by rewrite (negbTE ij) (@csum_between _ 0 (1 / 4%:R)) => [|l]; [ring|on2 ij; fin].
rewrite (@sum2_classes _ _ _ (1 / 2%:R * dot H w * (Y + tc) + between) (1 / 2%:R * between)) => [|i|i j ij]; first by field.
  rewrite eqxx (@csum_between _ (1 / 2%:R * dot H w) 1) => [|l]; last by on1 i; fin.
  by on1 i; field.
by rewrite (negbTE ij) (@csum_between _ 0 (1 / 2%:R)) => [|l]; [ring|on2 ij; fin].
Qed.

End Rules.

Section Between.
Variables (R : numFieldType) (n dim par : nat).
Variables (block : 'I_dim -> 'I_par) (variance : 'I_par -> R).
Variables (H : 'rV[R]_dim) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim) (w : 'rV[R]_dim).
Local Notation N := (n%:R : R).
Let s x := variance (block x).

(* Claim: lemma-split.  Paper: equations 14-24, the average over one vertex of a DAG.
   Given the past, the entries of the tables for a and an earlier vertex are those of `pair_law`: S_a and t_a (times anything from
   the past), q and m per neuron of the earlier vertex (w is its column of the kernel); ungated, m doubles.
   Rust: archscale_theory::tables::PairTables::new *)
Theorem dag_between_step (E := @expect R n dim s) :
  [/\ E (vS n H) = N / 2%:R * \sum_u variance u * Su block H u,
      E (vt n (\sum_u Su block H u) c v) = N / 2%:R * \sum_u (Su block H u + variance u * tu block c v u),
      E (Sum (fun i => Mul (@Gate R n dim i) (Mul (Form i H) (Form i w)))) = N / 2%:R * \sum_u variance u * part block u H w,
      E (Sum (fun i => Mul (@Gate R n dim i) (Mul (Form i w) (Form i w)))) = N / 2%:R * \sum_u variance u * part block u w w &
      E (Sum (fun i : 'I_n => Mul (Form i w) (Form i w))) = N * \sum_u variance u * part block u w w].
Proof.
have one (a b : 'rV[R]_dim) := site_rule_1 n s a b.
rewrite /E; split.
- by rewrite (one H H).1 dot_parts.
- by rewrite (rule_t n s H) tc_parts big_split.
- by rewrite (one H w).1 dot_parts.
- by rewrite (one w w).1 dot_parts.
- by rewrite (one w w).2 dot_parts.
Qed.

End Between.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A, the layers above l on a chain.
   Given layer a - 1, the two moments with the ungated layer l < a are `ungated_step` of those one layer earlier; per neuron of l.
   Rust: archscale_theory::chain::moments::ChainMoments::output_part *)
Theorem chain_ungated_step (R : numFieldType) (n dim : nat) (H w : 'rV[R]_dim) (s := fun _ : 'I_dim => 2%:R / n%:R : R)
    (unit := fun _ : 'I_dim => 1 : R) (E := @expect R n dim s) : (n%:R : R) != 0 ->
  (E (Mul (vS n H) (Sum (fun k => Mul (@Gate R n dim k) (Mul (Form k w) (Form k w))))),
   E (Sum (fun i => Sum (fun k => Mul (@Gate R n dim i) (Mul (@Gate R n dim k)
     (Mul (Mul (Form i H) (Form i w)) (Mul (Form k w) (Form k H))))))))
  = ungated_step n%:R (dot unit H H * dot unit w w, dot unit H w ^+ 2).
Proof.
move=> n0; have scale (a b : 'rV[R]_dim) : dot s a b = 2%:R / n%:R * dot unit a b by exact: dot_scale.
rewrite /E (rule_S_m_between n s H w).1 (rule_r_between_middle n s H w) /Sc !scale /ungated_step /=.
by congr (_, _); field.
Qed.
