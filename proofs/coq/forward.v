(* Forward second moments E|z(v)|^2 / n.  The recursion itself (Chen et al. 2024, equations 10 and 11) is the definition
   `forward_law`; that it is the second moment of a ReLU vertex is `dag_between_step` in rules_between.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Forward.
Variable R : numFieldType.

(* v(0) = 1;  v(a) = sum over edges u -> a of C(u,a)/2 v(u). *)
Definition forward_law (G : dag) (C : nat -> nat -> R) (v : nat -> R) : Prop :=
  v 0%N = 1 /\ forall a, (0 < a <= (hidden G).+1)%N -> v a = \sum_(u <- parents G a) C u a / 2%:R * v u.

Lemma eq_big_parents (G : dag) a (F F' : nat -> R) :
  (forall u, (u < a)%N -> F u = F' u) -> \sum_(u <- parents G a) F u = \sum_(u <- parents G a) F' u.
Proof.
by move=> FF; rewrite big_seq [RHS]big_seq; apply: eq_bigr => u /parents_before /FF.
Qed.

(* Claim: forward-variance.  Paper: equations 10 and 11.
   The recursion has a solution on every DAG and for all gains, so no theorem below is vacuous.
   Rust: archscale_theory::forward::second_moments *)
Theorem forward_exists (G : dag) (C : nat -> nat -> R) : exists v, forward_law G C v.
Proof.
pose step (f : nat -> R) a := if a == 0%N then 1 else \sum_(u <- parents G a) C u a / 2%:R * f u.
have loc f g a : (forall u, (u < a)%N -> f u = g u) -> step f a = step g a.
  by move=> fg; rewrite /step; case: eqP => // _; apply: eq_big_parents => u /fg ->.
exists (solution 0 step); split; first by rewrite (solution_step _ loc).
by move=> a /andP [a0 _]; rewrite (solution_step _ loc) {1}/step eqn0Ngt a0.
Qed.

(* Claim: forward-variance.  Paper: equations 10 and 11.
   Two solutions agree at every vertex: the recursion determines the moments.
   Rust: archscale_theory::forward::second_moments *)
Theorem forward_unique (G : dag) (C : nat -> nat -> R) v w :
  forward_law G C v -> forward_law G C w -> forall a, (a <= (hidden G).+1)%N -> v a = w a.
Proof.
move=> [v0 vS] [w0 wS]; elim/dag_ind => -[_ _|a IH aN]; first by rewrite v0 w0.
rewrite vS ?wS //; apply: eq_big_parents => u ua; rewrite IH //; lia.
Qed.

(* Claim: init-target.  Paper: equations 3 and 12.
   Under C(u,v) = 2 / d_in(v) the second moment is the same at every vertex of every DAG.
   Rust: archscale_theory::forward::second_moments *)
Theorem target_preserves (G : dag) v :
  forward_law G (target R G) v -> forall a, (a <= (hidden G).+1)%N -> v a = 1.
Proof.
move=> [v0 vS]; elim/dag_ind => -[//|a] IH aN.
have d0 := in_degree_neq0 R aN.
rewrite vS // (@eq_big_parents _ _ _ (fun=> (in_degree G a.+1)%:R^-1)).
  by rewrite sum_const_seq -in_degree_size // mulfV.
move=> u ua; rewrite IH //; last lia.
by rewrite /target; field.
Qed.

(* Claim: init-source.  Paper: equation 4.
   Under C(u,v) = 2 / d_in(u), as equation 4 is printed, the second moment at v is d_in(v).
   Rust: archscale_theory::forward::second_moments *)
Theorem source_gives_in_degree (G : dag) v :
  forward_law G (source R G) v -> forall a, (a <= (hidden G).+1)%N -> v a = (in_degree G a)%:R.
Proof.
move=> [v0 vS]; elim/dag_ind => -[_ _|a IH aN]; first by rewrite v0.
rewrite vS // (@eq_big_parents _ _ _ (fun=> 1)) => [|u ua]; first by rewrite sum_const_seq mulr1 in_degree_size.
have uN : (u <= (hidden G).+1)%N by lia.
by rewrite IH // /source; field; apply: in_degree_neq0.
Qed.

(* Claim: init-source.  Paper: equation 4 against equation 3.
   Equation 4 as printed keeps the second moment on a DAG only if every in-degree is 1, that is, on trees grown from the input.
   Rust: archscale_theory::forward::second_moments *)
Theorem source_preserves_iff (G : dag) v : forward_law G (source R G) v ->
  (forall a, (a <= (hidden G).+1)%N -> v a = 1) <-> (forall a, (a <= (hidden G).+1)%N -> in_degree G a = 1%N).
Proof.
move=> vL; have vE := source_gives_in_degree vL; split=> H a aN.
  by apply/eqP; rewrite -(eqr_nat R) -vE // H.
by rewrite vE // H.
Qed.

(* Two hidden vertices that read the input, a third that reads both, and the output. *)
Definition diamond_parents (a : nat) : seq nat :=
  match a with 1 | 2 => [:: 0] | 3 => [:: 1; 2] | 4 => [:: 3] | _ => [::] end%N.

Lemma diamond_before a u : u \in diamond_parents a -> (u < a)%N.
Proof. by move: a => [|[|[|[|[|a]]]]]; rewrite /= ?in_cons ?in_nil; lia. Qed.

Lemma diamond_some a : (0 < a <= 4)%N -> diamond_parents a != [::].
Proof. by move: a => [|[|[|[|[|a]]]]]. Qed.

Definition diamond : dag := @Dag 3 diamond_parents diamond_before diamond_some.

(* Claim: init-source.  Paper: equation 4 against equation 3.
   On the diamond the two printed rules give different second moments at vertex 3: 2 under equation 4, 1 under equation 3.
   Rust: archscale_theory::forward::second_moments *)
Theorem eq4_contradicts_eq3 v w :
  forward_law diamond (source R diamond) v -> forward_law diamond (target R diamond) w ->
  [/\ v 3%N = 2%:R, w 3%N = 1 & v 3%N != w 3%N].
Proof.
move=> vL wL; have v3 : v 3%N = 2%:R by rewrite (source_gives_in_degree vL).
have w3 : w 3%N = 1 by rewrite (target_preserves wL).
by split=> //; rewrite v3 w3 (eqr_nat R 2 1).
Qed.

(* Claim: init-source.  Paper: equation 1 against the published code.
   In the post-activation convention two independent unit-variance inputs give h = ReLU(z1) + ReLU(z2).  With ReLU's second
   moment 1/2 and its squared mean 1/(2 pi) (the two Gaussian moments are hypotheses here), E h^2 = 1 + 1/pi, not 1.
   Rust: archscale_theory::forward::second_moments *)
Theorem post_activation_two_inputs (pi second mean : R) :
  pi != 0 -> second = 2%:R^-1 -> mean ^+ 2 = (2%:R * pi)^-1 ->
  second + second + 2%:R * (mean * mean) = 1 + pi^-1.
Proof. by move=> p0 -> m2; rewrite -expr2 m2; field. Qed.

End Forward.
