(* The infinite-width law of a DAG of linear edges and ReLU vertices, and its closed form on chains.

   The law is the definition `limit_law`, in the notation of proofs/infinite-width-limit.md: c_uv = C(u,v)/2, vertex
   hidden + 1 is the output.  The theorems are about every solution of its equations. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Limit.
Variable R : numFieldType.

(* moment: E|z|^2/n;  kappa: lim K_ii/n;  tau: lim of the gated cross moments;  cross: T;  row a b: d_ab;  change: B. *)
Record limit := Limit {
  moment : nat -> R; kappa : nat -> R; tau : nat -> nat -> R; cross : nat -> R; row : nat -> nat -> R; change : nat -> R
}.

Record limit_law (G : dag) (C : nat -> nat -> R) (M : limit) : Prop := LimitLaw {
  moment_law : forward_law G C (moment M);
  kappa_input : kappa M 0 = 0;
  kappa_step : forall a, (0 < a <= hidden G)%N ->
    kappa M a = \sum_(u <- parents G a) (moment M u / 2%:R + C u a / 2%:R * kappa M u);
  tau_sym : forall a b, tau M a b = tau M b a;
  tau_input : tau M 0 0 = 0;
  tau_before : forall a b, (0 < a <= hidden G)%N -> (b < a)%N ->
    tau M a b = \sum_(u <- parents G a) C u a / 2%:R * tau M u b;
  cross_step : forall a, (0 < a <= hidden G)%N ->
    cross M a = \sum_(u <- parents G a) \sum_(w <- parents G a) C u a / 2%:R * (C w a / 2%:R) * tau M u w;
  tau_same : forall a, (0 < a <= hidden G)%N -> tau M a a = 2%:R * kappa M a ^+ 2 + cross M a;
  row_before : forall a b, (0 < a <= hidden G)%N -> (b < a)%N -> row M a b = tau M a b;
  row_same : forall a, (0 < a <= hidden G)%N -> row M a a = kappa M a ^+ 2 + cross M a;
  row_after : forall a b, (0 < a)%N -> (a < b <= hidden G)%N ->
    row M a b = \sum_(u <- parents G b) C u b / 2%:R * row M a u;
  change_readout : forall a, (0 < a <= hidden G)%N ->
    change M a = \sum_(b <- parents G (hidden G).+1) C b (hidden G).+1 / 2%:R * row M a b
}.

(* Claim: dag-paths.  Paper: equations 5 and 7 (the moments that they ask for).
   The equations of the infinite-width law have a solution on every DAG and for all gains.
   Rust: archscale_theory::limit::limit_moments *)
Theorem limit_exists (G : dag) (C : nat -> nat -> R) : exists M, limit_law G C M.
Proof.
have [v vL] := forward_exists G C.
pose kstep (f : nat -> R) a :=
  if a == 0%N then 0 else \sum_(u <- parents G a) (v u / 2%:R + C u a / 2%:R * f u).
have kloc f g a : (forall u, (u < a)%N -> f u = g u) -> kstep f a = kstep g a.
  by move=> fg; rewrite /kstep; case: eqP => // _; apply: eq_big_parents => u /fg ->.
pose k := solution 0 kstep.
pose sym (f : nat -> seq R) a b := if (b <= a)%N then nth 0 (f a) b else nth 0 (f b) a.
pose cr f a := \sum_(u <- parents G a) \sum_(w <- parents G a) C u a / 2%:R * (C w a / 2%:R) * sym f u w.
pose tstep (f : nat -> seq R) a := mkseq (fun b => if a == 0%N then 0 else
  if (b < a)%N then \sum_(u <- parents G a) C u a / 2%:R * sym f u b
  else 2%:R * k a ^+ 2 + cr f a) a.+1.
have symloc f g a u w : (forall u, (u < a)%N -> f u = g u) -> (u < a)%N -> (w < a)%N -> sym f u w = sym g u w.
  by move=> fg ua wa; rewrite /sym; case: leqP => _; rewrite fg.
have tloc f g a : (forall u, (u < a)%N -> f u = g u) -> tstep f a = tstep g a.
  move=> fg; apply: eq_mkseq => b; case: eqP => // _; case: ltnP => ba.
    by apply: eq_big_parents => u ua; rewrite (symloc _ _ _ _ _ fg).
  congr (_ + _); apply: eq_big_parents => u ua; apply: eq_big_parents => w wa.
  by rewrite (symloc _ _ _ _ _ fg).
pose f := solution [::] tstep; pose t := sym f.
have tE a b : (b <= a)%N -> t a b = if a == 0%N then 0 else
    if (b < a)%N then \sum_(u <- parents G a) C u a / 2%:R * t u b else 2%:R * k a ^+ 2 + cr f a.
  by move=> ba; rewrite /t /sym ba {1}/f (solution_step _ tloc) nth_mkseq.
pose dstep a (g : nat -> R) b := if (b < a)%N then t a b else if b == a then k a ^+ 2 + cr f a
  else \sum_(u <- parents G b) C u b / 2%:R * g u.
have dloc a g h b : (forall u, (u < b)%N -> g u = h u) -> dstep a g b = dstep a h b.
  move=> gh; rewrite /dstep; case: ifP => // _; case: ifP => // _.
  by apply: eq_big_parents => u /gh ->.
pose d a := solution 0 (dstep a).
have dE a b : d a b = dstep a (d a) b by rewrite {1}/d (solution_step _ (dloc a)).
exists (Limit v k t (cr f) d
  (fun a => \sum_(b <- parents G (hidden G).+1) C b (hidden G).+1 / 2%:R * d a b)).
split; cbn [moment kappa tau cross row change].
- by [].
- by rewrite /k (solution_step _ kloc).
- by move=> a /andP [a0 _]; rewrite {1}/k (solution_step _ kloc) {1}/kstep eqn0Ngt a0.
- move=> a b; rewrite /t /sym; case: (ltngtP a b) => [ab|ba|->] //.
- by rewrite tE.
- by move=> a b /andP [a0 _] ba; rewrite (tE _ _ (ltnW ba)) ba; case: (a) a0.
- by [].
- by move=> a /andP [a0 _]; rewrite (tE _ _ (leqnn a)) ltnn; case: (a) a0.
- by move=> a b _ ba; rewrite dE /dstep ba.
- by move=> a _; rewrite dE /dstep ltnn eqxx.
- by move=> a b _ /andP [ab _]; rewrite dE {1}/dstep ltnNge ltnW //= gtn_eqF.
- by [].
Qed.

End Limit.

(* The chain of N hidden layers: parents a = [a - 1]. *)
Definition chain_parents (a : nat) : seq nat := if a is b.+1 then [:: b] else [::].

Lemma chain_before a u : u \in chain_parents a -> (u < a)%N.
Proof. by case: a => [|a] //=; rewrite mem_seq1 => /eqP ->. Qed.

Lemma chain_some N a : (0 < a <= N.+1)%N -> chain_parents a != [::].
Proof. by case: a. Qed.

Definition chain (N : nat) : dag := Dag chain_before (@chain_some N).

Section Chain.
Variable R : numFieldType.

(* On a chain every in-degree is 1, so the three rules coincide: C = 2. *)
Lemma chain_in_degree N a : in_degree (chain N) a = 1%N.
Proof. by case: a. Qed.

Lemma chain_target N u a : target R (chain N) u a = 2%:R.
Proof. by rewrite /target chain_in_degree divr1. Qed.

Lemma chain_source N u a : source R (chain N) u a = 2%:R.
Proof. by rewrite /source chain_in_degree divr1. Qed.

Lemma half_two : 2%:R / 2%:R = 1 :> R. Proof. by field. Qed.

Lemma chain_moment N (v : nat -> R) : forward_law (chain N) (he R (chain N)) v ->
  forall a, (a <= N.+1)%N -> v a = 1.
Proof.
move=> [v0 vS]; elim=> [|a IH] aN //.
by rewrite vS //= big_seq1 /he half_two mul1r IH // ltnW.
Qed.

Section Law.
Variables (N : nat) (M : limit R).
Hypothesis ML : limit_law (chain N) (he R (chain N)) M.

Lemma chain_kappa_ind a : (a <= N)%N -> kappa M a = a%:R / 2%:R.
Proof.
elim: a => [|a IH] aN; first by rewrite (kappa_input ML) mul0r.
rewrite (kappa_step ML) /= ?aN // big_seq1 (chain_moment (moment_law ML)) /=; last lia.
by rewrite /he half_two IH 1?ltnW // natrS; field.
Qed.

Lemma chain_tau_before a b : (b <= a <= N)%N -> tau M a b = tau M b b.
Proof.
elim: a => [|a IH] /andP []; first by rewrite leqn0 => /eqP ->.
rewrite leq_eqVlt => /orP [/eqP -> //|ba] aN.
by rewrite (tau_before ML) /= ?aN // big_seq1 /he half_two mul1r IH //; lia.
Qed.

Lemma chain_cross_tau a : (0 < a <= N)%N ->
  cross M a = a%:R * (a%:R - 1) * (2%:R * a%:R - 1) / 12%:R /\
  tau M a a = 2%:R * (a%:R / 2%:R) ^+ 2 + cross M a.
Proof.
elim: a => [//|a IH] aN.
have -> : tau M a.+1 a.+1 = 2%:R * (a.+1%:R / 2%:R) ^+ 2 + cross M a.+1.
  by rewrite (tau_same ML) //= chain_kappa_ind.
split=> //; rewrite (cross_step ML) //= !big_seq1 /he half_two !mul1r.
case: a IH aN => [_ _|a IH aN]; first by rewrite (tau_input ML); field.
have [|T t] := IH; first lia.
by rewrite t T !natrS; field.
Qed.

Lemma chain_row a b : (0 < a)%N -> (a <= b <= N)%N -> row M a b = row M a a.
Proof.
move=> a0; elim: b => [|b IH] /andP [ab bN]; first by move: a0 ab; case: (a).
move: ab; rewrite leq_eqVlt => /orP [/eqP -> //|ab].
by rewrite (row_after ML) //= ?ab // big_seq1 /he half_two mul1r IH //; lia.
Qed.

(* Claim: chain-cubic.  Paper: equation 5 on a chain, n -> infinity.
   The diagonal of the tangent kernel of layer l is l/2 (times n).
   Rust: archscale_theory::limit::limit_moments *)
Theorem chain_kappa a : (a <= N)%N -> kappa M a = a%:R / 2%:R.
Proof. exact: chain_kappa_ind. Qed.

(* Claim: chain-cubic.  Paper: equation 5 on a chain, n -> infinity.
   The cross part of layer l is l(l-1)(2l-1)/12.
   Rust: archscale_theory::limit::limit_moments *)
Theorem chain_cross a : (0 < a <= N)%N -> cross M a = a%:R * (a%:R - 1) * (2%:R * a%:R - 1) / 12%:R.
Proof. by case/chain_cross_tau. Qed.

(* Claim: chain-cubic.  Paper: theorem 1.1 of Jelassi et al. 2023, with its constant.
   On a chain of any depth N, B(l) = l(2l^2+1)/12 at every layer l <= N; it does not depend on N.
   Rust: archscale_theory::chain::closed::chain_limit *)
Theorem chain_cubic a : (0 < a <= N)%N -> change M a = a%:R * (2%:R * a%:R ^+ 2 + 1) / 12%:R.
Proof.
move=> aN; rewrite (change_readout ML) //= big_seq1 /he half_two mul1r.
case/andP: (aN) => a0 aleN.
rewrite chain_row // ?aleN //= (row_same ML) // chain_kappa // chain_cross //.
by field.
Qed.

End Law.
End Chain.
