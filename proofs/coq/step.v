(* From the integration rules to the recursions: one vertex given its past, on a DAG and on a chain.

   The rules average over the rows and gates of one vertex (rules.v, rules_three.v, rules_kernel.v).  Here their right-hand sides
   are written in the moments of the parents.  They are linear in those, so averaging over the past as well gives the recursions
   of tables.v and triple.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag tables triple moments rules rules_three rules_kernel.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Vertex.
Variables (R : numFieldType) (n dim par : nat).
(* Coordinate x of a row belongs to the edge from parent `block x`, whose weights have variance `variance u`. *)
Variables (block : 'I_dim -> 'I_par) (variance : 'I_par -> R).
Variables (H : 'rV[R]_dim) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim).
Local Notation N := (n%:R : R).

(* Inner products of the parts at one parent; S_u, t_u, h_u' M_uw h_w and tr(M_uw M_wu) of the parents. *)
Definition part (u : 'I_par) (w w' : 'rV[R]_dim) : R := \sum_(x | block x == u) w 0 x * w' 0 x.
Definition Su u : R := part u H H.
Definition tu u : R := \sum_l c l * part u (v l) (v l).
Definition quw u w : R := \sum_l c l * (part u H (v l) * part w H (v l)).
Definition muw u w : R := \sum_l c l * \sum_k c k * (part u (v l) (v k) * part w (v l) (v k)).

(* The double sums of tables.v for this past. *)
Let sum2 (F : 'I_par -> 'I_par -> R) := \sum_u \sum_w F u w.
Definition pXX := sum2 (fun u w => variance u * variance w * (Su u * Su w)).
Definition pXY := sum2 (fun u w => variance u * (Su u * Su w)).
Definition pYY := sum2 (fun u w => Su u * Su w).
Definition pXA := sum2 (fun u w => variance u * variance w * (Su u * tu w)).
Definition pYA := sum2 (fun u w => variance w * (Su u * tu w)).
Definition pAA := sum2 (fun u w => variance u * variance w * (tu u * tu w)).
Definition pMM := sum2 (fun u w => variance u * variance w * muw u w).
Definition pQQ := sum2 (fun u w => variance u * variance w * quw u w).
Definition pKK := pYY + 2%:R * pYA + pAA + 2%:R * pMM.
Definition pdd := (pXY + pXA + 2%:R * pQQ) / 2%:R.

Let s x := variance (block x).
Let Y := \sum_u Su u.

Lemma dot_parts w w' : dot s w w' = \sum_u variance u * part u w w'.
Proof.
rewrite /dot (partition_big block xpredT) //=; apply: eq_bigr => u _.
by rewrite /part mulr_sumr; apply: eq_bigr => x /eqP bx; rewrite /s bx mulrA.
Qed.

Lemma Sc_parts : Sc s H = \sum_u variance u * Su u.
Proof. exact: dot_parts. Qed.

Lemma tc_parts : tc s c v = \sum_u variance u * tu u.
Proof.
rewrite /tc (eq_bigr (fun l => \sum_u c l * (variance u * part u (v l) (v l)))) => [|l _]; last first.
  by rewrite dot_parts mulr_sumr.
rewrite exchange_big /=; apply: eq_bigr => u _; rewrite /tu mulr_sumr; apply: eq_bigr => l _; ring.
Qed.

Lemma qcc_parts : qcc s H c v = pQQ.
Proof.
rewrite /qcc /pQQ /sum2 (eq_bigr (fun l => \sum_u \sum_w c l * (variance u * variance w * (part u H (v l) * part w H (v l)))));
  last first.
  move=> l _; rewrite dot_parts expr2 big_distrlr /= mulr_sumr; apply: eq_bigr => u _.
  by rewrite mulr_sumr; apply: eq_bigr => w _; ring.
rewrite exchange_big /=; apply: eq_bigr => u _; rewrite exchange_big /=; apply: eq_bigr => w _.
by rewrite /quw mulr_sumr; apply: eq_bigr => l _; ring.
Qed.

Lemma mcc_parts : mcc s c v = pMM.
Proof.
rewrite /mcc /pMM /sum2 (eq_bigr (fun l => \sum_u \sum_w c l * (variance u * variance w
  * \sum_k c k * (part u (v l) (v k) * part w (v l) (v k))))); last first.
  move=> l _; rewrite (eq_bigr (fun k => \sum_u \sum_w variance u * variance w
    * (c k * (part u (v l) (v k) * part w (v l) (v k))))) => [|k _]; last first.
    rewrite dot_parts expr2 big_distrlr /= mulr_sumr; apply: eq_bigr => u _.
    by rewrite mulr_sumr; apply: eq_bigr => w _; ring.
  rewrite exchange_big /= mulr_sumr; apply: eq_bigr => u _; rewrite exchange_big /= mulr_sumr; apply: eq_bigr => w _.
  by rewrite -mulr_sumr.
rewrite exchange_big /=; apply: eq_bigr => u _; rewrite exchange_big /=; apply: eq_bigr => w _.
by rewrite /muw mulr_sumr; apply: eq_bigr => l _; rewrite mulrCA.
Qed.

Lemma products : [/\ Sc s H * Sc s H = pXX, Sc s H * Y = pXY, Y * Y = pYY, Sc s H * tc s c v = pXA &
  Y * tc s c v = pYA /\ tc s c v * tc s c v = pAA].
Proof.
rewrite Sc_parts tc_parts /Y; split; [..|split]; rewrite big_distrlr /=; apply: eq_bigr => u _; apply: eq_bigr => w _; ring.
Qed.

(* Claim: lemma-split.  Paper: equations 14-24, the average over one vertex of a DAG.
   Given the past, the same-vertex entries of the five tables are those of `pair_law`, with the parents' values in place of their
   expectations; and so is the sum that enters B at the vertex itself.  For every width and any parents.
   Rust: archscale_theory::tables::PairTables::new *)
Theorem dag_vertex_step (E := @expect R n dim s) (S := vS n H) (t := vt n Y c v) :
  [/\ E (Mul S S) = (3%:R * N / 2%:R + N * (N - 1) / 4%:R) * pXX,
      E (Mul S t) = N * pdd + N * (N - 1) / 4%:R * (pXY + pXA),
      E (Mul t t) = N / 2%:R * pKK + N * (N - 1) / 4%:R * (pYY + 2%:R * pYA + pAA),
      E (vm n Y c v) = N / 2%:R * pKK + N * (N - 1) / 4%:R * pMM &
      E (vq n H Y c v) = N * pdd + N * (N - 1) / 4%:R * pQQ
      /\ E (vm_ungated n Y c v) = N / 2%:R * pKK + N * (N - 1) / 2%:R * pMM].
Proof.
have [e1 e2 e3 e4 [e5 e6]] := products.
rewrite /E /S /t rule_SS rule_St (rule_tt n s H) (rule_m n s H) (rule_m_ungated n s H) rule_q.
rewrite qcc_parts mcc_parts e1 e2 e3 e4 e5 e6 /pKK /pdd.
by split; [..|split]; field.
Qed.

End Vertex.

Section Chain.
Variables (R : numFieldType) (n dim : nat).
Variables (H : 'rV[R]_dim) (q : nat) (c : 'I_q -> R) (v : 'I_q -> 'rV[R]_dim).
Hypothesis n0 : (n%:R : R) != 0.
Local Notation N := (n%:R : R).

(* The moments of the layer before: |h|^2, tr M, h'Mh, tr M^2, h'M^2h. *)
Let unit (x : 'I_dim) : R := 1.
Let S0 := Sc unit H.
Let t0 := tc unit c v.
Let q0 := qcc unit H c v.
Let m0 := mcc unit c v.
Let r0 := rccc unit H c v.
(* Weights of variance 2/n. *)
Let s (x : 'I_dim) : R := 2%:R / N.

Lemma dot_scale w w' : dot s w w' = 2%:R / N * dot unit w w'.
Proof. by rewrite /dot mulr_sumr; apply: eq_bigr => x _; rewrite /unit mul1r !mulrA. Qed.

Lemma scaled_sites : [/\ Sc s H = 2%:R / N * S0, tc s c v = 2%:R / N * t0, qcc s H c v = (2%:R / N) ^+ 2 * q0,
  mcc s c v = (2%:R / N) ^+ 2 * m0 & rccc s H c v = (2%:R / N) ^+ 3 * r0].
Proof.
split; first exact: dot_scale.
- by rewrite /t0 /tc mulr_sumr; apply: eq_bigr => l _; rewrite dot_scale; ring.
- by rewrite /q0 /qcc mulr_sumr; apply: eq_bigr => l _; rewrite dot_scale; ring.
- rewrite /m0 /mcc mulr_sumr; apply: eq_bigr => l _; rewrite mulrCA; congr (_ * _); rewrite mulr_sumr.
  by apply: eq_bigr => k _; rewrite dot_scale; ring.
- rewrite /r0 /rccc mulr_sumr; apply: eq_bigr => l _; rewrite mulrCA; congr (_ * _); rewrite mulr_sumr.
  by apply: eq_bigr => k _; rewrite !dot_scale; ring.
Qed.

Let E := @expect R n dim s.
Let S := vS n H.
Let t := vt n S0 c v.

(* Claim: chain-cubic.  Paper: equations 14-24, the average over one layer of a chain.
   Given layer l - 1, the five moments of layer l are `pair_step` of those of layer l - 1.
   Rust: archscale_theory::chain::moments::pair_transfer *)
Theorem chain_pair_step :
  Pair (E (Mul S S)) (E (Mul S t)) (E (Mul t t)) (E (vm n S0 c v)) (E (vq n H S0 c v))
  = pair_step N (Pair (S0 * S0) (S0 * t0) (t0 * t0) m0 q0).
Proof.
have [e1 e2 e3 e4 _] := scaled_sites.
rewrite /E /S /t rule_SS rule_St (rule_tt n s H) (rule_m n s H) rule_q e1 e2 e3 e4 /pair_step /lambda /=.
by congr Pair; field.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the average over one layer of a chain.
   Given layer l - 1, the seven moments of layer l are `triple_step` of those of layer l - 1, and the two moments with the ungated
   layer are `ungated_start`.
   Rust: archscale_theory::chain::moments::triple_transfer *)
Theorem chain_triple_step (p := Triple (S0 ^+ 3) (S0 ^+ 2 * t0) (S0 * q0) (S0 * (t0 * t0)) (S0 * m0) (t0 * q0) r0) :
  Triple (E (Mul S (Mul S S))) (E (Mul S (Mul S t))) (E (Mul S (vq n H S0 c v))) (E (Mul S (Mul t t)))
    (E (Mul S (vm n S0 c v))) (E (Mul (vq n H S0 c v) t)) (E (vr n H S0 c v)) = triple_step N p
  /\ (E (Mul S (vm_ungated n S0 c v)), E (vr_ungated n H S0 c v)) = ungated_start N p.
Proof.
have [e1 e2 e3 e4 e5] := scaled_sites.
rewrite /E /S /t rule_SSS rule_SSt rule_Sq rule_Stt rule_Sm rule_tq rule_r rule_Sm_ungated rule_r_ungated e1 e2 e3 e4 e5.
by rewrite /triple_step /ungated_start /=; split; [congr Triple|congr (_, _)]; field.
Qed.

End Chain.
