(* Sums over all input-output paths, and the dynamic programme that computes them without listing a path. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Paths from the input to a, each listed backwards: a, ..., 0.  A double edge counts twice. *)
Definition paths_law (G : dag) (P : nat -> seq (seq nat)) : Prop :=
  P 0%N = [:: [:: 0%N]] /\
  forall a, (0 < a <= (hidden G).+1)%N -> P a = [seq a :: p | u <- parents G a, p <- P u].

(* L_p: the number of ReLU vertices on a path. *)
Definition depth (G : dag) (p : seq nat) : nat := count (fun v => (0 < v <= hidden G)%N) p.

Lemma paths_head G P a p : paths_law G P -> (a <= (hidden G).+1)%N -> p \in P a -> exists q, p = a :: q.
Proof.
move=> [P0 PS]; case: a => [_|a aN]; first by rewrite P0 mem_seq1 => /eqP ->; exists [::].
by rewrite PS // => /allpairsPdep [u [q [_ _ ->]]]; exists q.
Qed.

(* Claim: dag-paths.  Paper: equation 8, the set of paths that it sums over.
   Every DAG has a list of its paths.
   Rust: archscale_model::paths::PathSums *)
Theorem paths_exist G : exists P, paths_law G P.
Proof.
pose step (f : nat -> seq (seq nat)) a :=
  if a == 0%N then [:: [:: 0%N]] else [seq a :: p | u <- parents G a, p <- f u].
have loc f g a : (forall u, (u < a)%N -> f u = g u) -> step f a = step g a.
  move=> fg; rewrite /step; case: eqP => // _; congr flatten.
  by apply/eq_in_map => u /parents_before /fg ->.
exists (solution [::] step); split; first by rewrite (solution_step _ loc).
by move=> a /andP [a0 _]; rewrite (solution_step _ loc) {1}/step eqn0Ngt a0.
Qed.

(* Claim: dag-paths.  Paper: equation 8, the set of paths that it sums over.
   The list is right: a sequence of vertices is in it exactly if it starts at a, ends at the input and follows edges backwards.
   Rust: archscale_model::paths::PathSums *)
Theorem paths_complete G P a p : paths_law G P -> (a <= (hidden G).+1)%N ->
  (a :: p \in P a) = path (fun v u => u \in parents G v) a p && (last a p == 0%N).
Proof.
move=> PL; case: (PL) => P0 PS; elim: p a => [|u p IH] a aN /=.
  case: a aN => [|a] aN; first by rewrite P0 mem_seq1.
  apply/negP; rewrite PS // => /allpairsPdep [u [q [ua qu []]]] qE.
  have uN : (u <= (hidden G).+1)%N by move/parents_before: ua; lia.
  by case: (paths_head PL uN qu) => r; rewrite -qE.
case: a aN => [|a] aN.
  rewrite P0 mem_seq1 eqseq_cons andbF; apply/esym/negP => /andP [/andP [ua _] _].
  by move/parents_before: ua.
rewrite PS //; apply/idP/idP.
  move=> /allpairsPdep [w [q [wa qw [qE]]]]; have wN : (w <= (hidden G).+1)%N by move/parents_before: wa; lia.
  case: (paths_head PL wN qw) => r rE; move: qE qw; rewrite rE => -[uE pE]; subst u r => rw.
  by rewrite wa; move: (IH w wN); rewrite rw => <-.
move=> /andP [/andP [ua up] l0]; have uN : (u <= (hidden G).+1)%N by move/parents_before: ua; lia.
by apply/allpairsPdep; exists u, (u :: p); split=> //; rewrite IH // up l0.
Qed.

Section Weights.
Variables (R : numFieldType) (G : dag) (C : nat -> nat -> R).

(* w_p: the product of C/2 over the edges of a path. *)
Fixpoint weight (p : seq nat) : R :=
  if p is a :: p' then (if p' is u :: _ then C u a / 2%:R * weight p' else 1) else 1.

(* The programme: one pass over the edges, for every power k at once. *)
Definition programme_law (M : nat -> nat -> R) : Prop :=
  [/\ forall k, M k 0%N = (k == 0%N)%:R,
      forall k a, (0 < a <= hidden G)%N ->
        M k a = \sum_(u <- parents G a) C u a / 2%:R * \sum_(j < k.+1) 'C(k, j)%:R * M j u &
      forall k, M k (hidden G).+1 = \sum_(u <- parents G (hidden G).+1) C u (hidden G).+1 / 2%:R * M k u].

Variable P : nat -> seq (seq nat).
Hypothesis PL : paths_law G P.

Lemma path_sum_step (F : nat -> R) a : (0 < a <= (hidden G).+1)%N ->
  \sum_(p <- P a) weight p * F (depth G p) =
  \sum_(u <- parents G a) C u a / 2%:R * \sum_(p <- P u) weight p * F ((a <= hidden G)%N + depth G p)%N.
Proof.
move=> aN; case: (PL) => P0 PS; rewrite PS // big_allpairs_dep /=.
apply: eq_big_parents => u ua; rewrite big_distrr /= big_seq [RHS]big_seq; apply: eq_bigr => p pu.
have uN : (u <= (hidden G).+1)%N by lia.
by case: (paths_head PL uN pu) => q -> /=; case/andP: aN => -> _; rewrite mulrA.
Qed.

(* Claim: dag-paths.  Paper: equation 8.
   For every power k and all gains, the programme gives sum_p w_p L_p^k over all paths from the input, at every vertex.
   Rust: archscale_model::paths::PathSums::new *)
Theorem programme_is_path_sum M : programme_law M -> forall a k, (a <= (hidden G).+1)%N ->
  M k a = \sum_(p <- P a) weight p * (depth G p)%:R ^+ k.
Proof.
move=> [M0 MS Mout]; elim/dag_ind => -[_ k _|a IH k aN].
  by case: PL => -> _; rewrite M0 big_seq1 /= mul1r /depth /= expr0n; case: k.
rewrite (path_sum_step (fun d => d%:R ^+ k)) //.
case: (ltngtP a.+1 (hidden G).+1) => [aH|aH|aH]; [|by exfalso; lia|].
- rewrite MS //; apply: eq_big_parents => u ua; congr (_ * _).
  rewrite (eq_bigr (fun j : 'I_k.+1 => \sum_(p <- P u) weight p * ('C(k, j)%:R * (depth G p)%:R ^+ j))); last first.
    move=> j _; rewrite IH //; last lia.
    by rewrite big_distrr /=; apply: eq_bigr => p _; rewrite mulrCA.
  rewrite exchange_big /=; apply: eq_bigr => p _; rewrite -big_distrr /=; congr (_ * _).
  rewrite (_ : (a < hidden G)%N = true) //= add1n natrS exprD1n; apply: eq_bigr => j _.
  by rewrite mulr_natl.
- case: aH => aH; rewrite aH Mout; apply: eq_big_parents => u ua; congr (_ * _).
  by rewrite IH ?ltnn //; lia.
Qed.

End Weights.

(* Claim: dag-paths.  Paper: equation 8 under equations 3 and 12.
   Under the target rule the weights w_p of the input-output paths add up to 1, on every DAG.
   Rust: archscale_model::paths::PathSums::total_weight *)
Theorem target_weights_sum_to_one (R : numFieldType) G P : paths_law G P ->
  \sum_(p <- P (hidden G).+1) weight (target R G) p = 1.
Proof.
move=> PL; pose v a : R := \sum_(p <- P a) weight (target R G) p.
apply: (@target_preserves R G v) => //; split; first by case: (PL) => P0 _; rewrite /v P0 big_seq1.
have vE b : v b = \sum_(p <- P b) weight (target R G) p * 1 by apply: eq_bigr => p _; rewrite mulr1.
move=> a aN; rewrite vE (path_sum_step (target R G) PL (fun=> 1) aN).
by apply: eq_big_parents => u _; rewrite vE.
Qed.

(* Claim: dag-paths.  Paper: equation 8 under C = 2.
   Under plain He weights every path weighs 1, so the weighted sums are the paper's sums.
   Rust: archscale_model::paths::PathSums::weighted_sum_cubed *)
Theorem he_weight (R : numFieldType) G p : weight (he R G) p = 1.
Proof. by elim: p => [|a [|u p] IH] //=; rewrite /= in IH; rewrite IH mulr1 /he; field. Qed.
