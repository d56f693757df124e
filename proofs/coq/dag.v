(* Finite DAGs in topological order, and recursions over them.

   Vertex 0 is the input, vertices 1 .. hidden are ReLU vertices, vertex hidden + 1 is the output; `parents a` lists the
   sources of the linear edges into a.  A list may name a vertex twice: two parallel edges, each with its own matrix.
   Scalars live in an arbitrary field of characteristic zero (`numFieldType`), of which the rationals are one. *)
From mathcomp Require Import all_ssreflect all_algebra zify.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Record dag := Dag {
  hidden : nat;
  parents : nat -> seq nat;
  parents_before : forall a u, u \in parents a -> (u < a)%N;
  parents_some : forall a, (0 < a <= hidden.+1)%N -> parents a != [::]
}.

(* The in-degree, with that of the input counted as 1. *)
Definition in_degree (G : dag) (a : nat) : nat := if a == 0%N then 1%N else size (parents G a).

Section Rules.
Variable R : numFieldType.

(* Initialisation rules: the gain C(u, a) of an edge u -> a. *)
Definition target (G : dag) (u a : nat) : R := 2%:R / (in_degree G a)%:R.
Definition source (G : dag) (u a : nat) : R := 2%:R / (in_degree G u)%:R.
Definition he (G : dag) (u a : nat) : R := 2%:R.

Lemma in_degree_gt0 (G : dag) a : (a <= (hidden G).+1)%N -> (0 < in_degree G a)%N.
Proof.
case: a => [//|a] aN; rewrite /in_degree /= lt0n size_eq0.
exact: (@parents_some G a.+1).
Qed.

Lemma in_degree_neq0 (G : dag) a : (a <= (hidden G).+1)%N -> (in_degree G a)%:R != 0 :> R.
Proof. by move=> aN; rewrite pnatr_eq0 -lt0n; apply: in_degree_gt0. Qed.

Lemma in_degree_size (G : dag) a : (0 < a)%N -> in_degree G a = size (parents G a).
Proof. by case: a. Qed.

Lemma natrS n : n.+1%:R = n%:R + 1 :> R.
Proof. exact: mulrSr. Qed.

Lemma sum_const_seq (T : Type) (s : seq T) (x : R) : \sum_(i <- s) x = (size s)%:R * x.
Proof. by rewrite big_const_seq count_predT iter_addr addr0 mulr_natl. Qed.

End Rules.

(* Every recursion in which the value at a vertex depends on earlier vertices only has a solution. *)
Section Solve.
Variables (T : Type) (x0 : T) (step : (nat -> T) -> nat -> T).
Hypothesis step_local : forall f g a, (forall u, (u < a)%N -> f u = g u) -> step f a = step g a.

Fixpoint values (k : nat) : seq T :=
  if k is j.+1 then rcons (values j) (step (nth x0 (values j)) j) else [::].

Definition solution (a : nat) : T := nth x0 (values a.+1) a.

Lemma size_values k : size (values k) = k.
Proof. by elim: k => //= k IH; rewrite size_rcons IH. Qed.

Lemma nth_values k u : (u < k)%N -> nth x0 (values k) u = solution u.
Proof.
elim: k => // k IH; rewrite ltnS leq_eqVlt => /orP [/eqP -> //|uk].
by rewrite /= nth_rcons size_values uk IH.
Qed.

Lemma solution_step a : solution a = step solution a.
Proof.
rewrite {1}/solution /= nth_rcons size_values ltnn eqxx.
by apply: step_local => u ua; rewrite nth_values.
Qed.

End Solve.

(* Strong induction along the topological order. *)
Lemma dag_ind (P : nat -> Prop) : (forall a, (forall u, (u < a)%N -> P u) -> P a) -> forall a, P a.
Proof. by move=> H a; elim/ltn_ind: a. Qed.
