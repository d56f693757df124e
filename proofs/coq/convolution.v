(* The kernel-size law of circular convolutions at infinitely many channels.

   Positions form a finite abelian group (a torus of any dimension); K lists the taps and q = |K| counts them.  The algorithm is
   that of proofs/cnn-kernel.md; its Gaussian maps are arbitrary functions of (Sigma_pp, Sigma_p'p', Sigma_pp'), so nothing rests on
   their closed forms. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Convolution.
Variables (R : numFieldType) (P : finZmodType).
Local Notation mat := (P -> P -> R).

(* E relu relu', E step step', and asin(rho)/pi, as maps of two variances and a covariance. *)
Variables (relu step angle : R -> R -> R -> R).
(* First-layer gain n_in/n, readout gain C, Gram matrix of the input, readout covariance, number of layers. *)
Variables (gain C : R) (G0 M : mat) (L : nat).

Definition entrywise (f : R -> R -> R -> R) (X : mat) : mat := fun p r => f (X p p) (X r r) (X p r).

Section Taps.
Variable K : seq P.
Local Notation q := ((size K)%:R : R).

(* The same shift on both positions; the adjoint; the average of a vector. *)
Definition average (X : mat) : mat := fun p r => (\sum_(k <- K) X (p + k) (r + k)) / q.
Definition average_adjoint (X : mat) : mat := fun p r => (\sum_(k <- K) X (p - k) (r - k)) / q.
Definition average_vector (w : P -> R) : P -> R := fun p => (\sum_(k <- K) w (p + k)) / q.

(* Layer l + 1 of the forward pass; layer L - j of the backward pass. *)
Fixpoint Sigma (l : nat) : mat := fun p r =>
  if l is j.+1 then 2%:R * average (entrywise relu (Sigma j)) p r else 2%:R * average G0 p r.
Fixpoint kappa (l : nat) : mat := fun p r =>
  if l is j.+1 then q * average (entrywise relu (Sigma j)) p r
      + 2%:R * average (fun p' r' => entrywise step (Sigma j) p' r' * kappa j p' r') p r
  else gain * q * average G0 p r.
Fixpoint backward (j : nat) : mat := fun p r =>
  if j is i.+1 then 2%:R * average_adjoint (fun p' r' => entrywise step (Sigma (L - i.+1)) p' r' * backward i p' r') p r
  else C * M p r.

(* Of layer l + 1: reaction, source, fluctuation, and D. *)
Definition signal (l : nat) : mat := backward (L - l.+1).
Definition reaction (l : nat) (p : P) : R :=
  \sum_r \sum_r' kappa l p r * (entrywise step (Sigma l) r r' * signal l r r') * kappa l p r'.
Definition source (l : nat) (p : P) : R := reaction l p
  + \sum_r \sum_r' entrywise angle (Sigma l) p r * kappa l p r * signal l r r' * kappa l p r'.
Fixpoint fluctuation (l : nat) : P -> R :=
  if l is j.+1 then average_vector (fun p => fluctuation j p + source j p) else fun=> 0.
Definition change (l : nat) (p : P) : R := fluctuation l p + reaction l p.

Hypothesis q0 : q != 0.

Definition stationary (X : mat) := forall h p r, X (p + h) (r + h) = X p r.

Lemma average_const (F : P -> R) (x : R) : (forall k, F k = x) -> (\sum_(k <- K) F k) / q = x.
Proof. by move=> Fx; rewrite (eq_bigr (fun=> x)) // sum_const_seq mulrC mulKf. Qed.

(* Claim: cnn-kernel.  Paper: equation 9.
   With circular padding the averaging operator and its adjoint are the identity on stationary matrices, whatever the taps.
   Rust: archscale_theory::spatial::lags::Lags::average *)
Theorem average_stationary X : stationary X ->
  (forall p r, average X p r = X p r) /\ (forall p r, average_adjoint X p r = X p r).
Proof.
move=> XS; split=> p r; apply: average_const => k; first exact: XS.
by rewrite -(XS k) !subrK.
Qed.

End Taps.

Lemma entrywise_stationary f X : stationary X -> stationary (entrywise f X).
Proof. by move=> XS h p r; rewrite /entrywise !XS. Qed.

(* A single tap: no averaging, q = 1. *)
Local Notation one := [:: 0 : P].

Section Law.
Variable K : seq P.
Local Notation q := ((size K)%:R : R).
Hypotheses (q0 : q != 0) (G0S : stationary G0) (MS : stationary M).

Lemma one0 : (size one)%:R != 0 :> R. Proof. exact: oner_neq0. Qed.

Lemma Sigma_stationary K' l : (size K')%:R != 0 :> R -> stationary (Sigma K' l).
Proof.
move=> q1; elim: l => [|l IH] h p r /=.
  by have [E _] := average_stationary q1 G0S; rewrite !E G0S.
by have [E _] := average_stationary q1 (entrywise_stationary relu IH); rewrite !E entrywise_stationary.
Qed.

Lemma Sigma_taps l p r : Sigma K l p r = Sigma one l p r.
Proof.
elim: l p r => [|l IH] p r /=.
  by have [E _] := average_stationary q0 G0S; have [E' _] := average_stationary one0 G0S; rewrite E E'.
have [E _] := average_stationary q0 (entrywise_stationary relu (Sigma_stationary l q0)).
have [E' _] := average_stationary one0 (entrywise_stationary relu (Sigma_stationary l one0)).
by rewrite E E' /entrywise !IH.
Qed.

Lemma product_stationary X X' : stationary X -> stationary X' -> stationary (fun p r => X p r * X' p r).
Proof. by move=> XS XS' h p r; rewrite XS XS'. Qed.

Lemma kappa_stationary K' l : (size K')%:R != 0 :> R -> stationary (kappa K' l).
Proof.
move=> q1; elim: l => [|l IH] h p r /=.
  by have [E _] := average_stationary q1 G0S; rewrite !E G0S.
have SS := Sigma_stationary l q1; have RS := entrywise_stationary relu SS.
have PS := product_stationary (entrywise_stationary step SS) IH.
have [E _] := average_stationary q1 RS; have [E' _] := average_stationary q1 PS.
by rewrite !E !E' RS PS.
Qed.

Lemma kappa_taps l p r : kappa K l p r = q * kappa one l p r.
Proof.
elim: l p r => [|l IH] p r /=.
  have [E _] := average_stationary q0 G0S; have [E' _] := average_stationary one0 G0S; rewrite E E'; ring.
have RS K' (q1 : (size K')%:R != 0 :> R) := entrywise_stationary relu (Sigma_stationary l q1).
have PS K' (q1 : (size K')%:R != 0 :> R) :=
  product_stationary (entrywise_stationary step (Sigma_stationary l q1)) (kappa_stationary l q1).
have [E1 _] := average_stationary q0 (RS _ q0); have [E2 _] := average_stationary q0 (PS _ q0).
have [E3 _] := average_stationary one0 (RS _ one0); have [E4 _] := average_stationary one0 (PS _ one0).
by rewrite E1 E2 E3 E4 /entrywise !Sigma_taps IH; ring.
Qed.

Lemma backward_stationary K' j : (size K')%:R != 0 :> R -> stationary (backward K' j).
Proof.
move=> q1; elim: j => [|j IH] h p r /=; first by rewrite MS.
have PS := product_stationary (entrywise_stationary step (Sigma_stationary (L - j.+1) q1)) IH.
by have [_ E] := average_stationary q1 PS; rewrite !E PS.
Qed.

Lemma backward_taps j p r : backward K j p r = backward one j p r.
Proof.
elim: j p r => [|j IH] p r //=.
have PS K' (q1 : (size K')%:R != 0 :> R) :=
  product_stationary (entrywise_stationary step (Sigma_stationary (L - j.+1) q1)) (backward_stationary j q1).
have [_ E] := average_stationary q0 (PS _ q0); have [_ E'] := average_stationary one0 (PS _ one0).
by rewrite E E' /entrywise !Sigma_taps IH.
Qed.

Lemma reaction_taps l p : reaction K l p = q ^+ 2 * reaction one l p.
Proof.
rewrite /reaction mulr_sumr; apply: eq_bigr => r _; rewrite mulr_sumr; apply: eq_bigr => r' _.
by rewrite !kappa_taps /signal backward_taps /entrywise !Sigma_taps; ring.
Qed.

Lemma source_taps l p : source K l p = q ^+ 2 * source one l p.
Proof.
rewrite /source reaction_taps mulrDr; congr (_ + _).
rewrite mulr_sumr; apply: eq_bigr => r _; rewrite mulr_sumr; apply: eq_bigr => r' _.
by rewrite !kappa_taps /signal backward_taps /entrywise !Sigma_taps; ring.
Qed.

Lemma source_constant K' l h p : (size K')%:R != 0 :> R -> source K' l (p + h) = source K' l p.
Proof.
move=> q1; have SS := Sigma_stationary l q1; have KS := kappa_stationary l q1.
have BS := backward_stationary (L - l.+1) q1.
have sh (F F' : P -> P -> R) : (forall r r', F (r + h) (r' + h) = F' r r') ->
    \sum_r \sum_r' F r r' = \sum_r \sum_r' F' r r'.
  move=> FF; rewrite (reindex_inj (addIr h)) /=; apply: eq_bigr => r _.
  by rewrite (reindex_inj (addIr h)) /=; apply: eq_bigr => r' _.
rewrite /source /reaction; congr (_ + _); apply: sh => r r'.
  by rewrite !KS /signal BS entrywise_stationary.
by rewrite !KS /signal BS entrywise_stationary.
Qed.

Lemma fluctuation_constant K' l h p : (size K')%:R != 0 :> R -> fluctuation K' l (p + h) = fluctuation K' l p.
Proof.
move=> q1; elim: l p => [|l IH] p //=; rewrite /average_vector; congr (_ / _); apply: eq_bigr => k _.
by rewrite -addrA [h + k]addrC addrA IH source_constant.
Qed.

Lemma fluctuation_taps l p : fluctuation K l p = q ^+ 2 * fluctuation one l p.
Proof.
elim: l p => [|l IH] p /=; first by rewrite mulr0.
rewrite /average_vector (@average_const K q0 _ (fluctuation K l p + source K l p)) => [|k]; last first.
  by rewrite fluctuation_constant // source_constant.
rewrite (@average_const one one0 _ (fluctuation one l p + source one l p)) => [|k]; last first.
  by rewrite fluctuation_constant ?source_constant // one0.
by rewrite IH source_taps; ring.
Qed.

(* Claim: cnn-kernel.  Paper: equation 9, the factor q^2 of a kernel with q taps.
   With circular padding, a stationary input (any correlation, any dimension) and a stationary readout (average pool or flatten),
   D is q^2 times its value for a single tap, at every layer and position: exactly, for every set of q >= 1 taps.
   Rust: archscale_theory::spatial::chain::StationaryChain::layers *)
Theorem kernel_size_law l p : change K l p = q ^+ 2 * change one l p.
Proof. by rewrite /change fluctuation_taps reaction_taps mulrDr. Qed.

End Law.

Section Constant.
Variable K : seq P.
Local Notation q := ((size K)%:R : R).
Hypothesis q0 : q != 0.
(* Gaussian maps at correlation 1 and variance 1; an input that is the same at every position; a readout that sums to 1. *)
Hypotheses (relu1 : relu 1 1 1 = 1 / 2%:R) (step1 : step 1 1 1 = 1 / 2%:R) (angle1 : angle 1 1 1 = 1 / 2%:R).
Hypotheses (gain1 : gain = 1) (C2 : C = 2%:R) (G0c : forall p r, G0 p r = 1 / 2%:R) (M1 : \sum_p \sum_r M p r = 1).

Lemma constant_Sigma l p r : Sigma K l p r = 1.
Proof.
elim: l p r => [|l IH] p r /=; rewrite /average (@average_const K q0 _ (1 / 2%:R)) => [|k].
- by field.
- exact: G0c.
- by field.
- by rewrite /entrywise !IH.
Qed.

Lemma constant_kappa l p r : kappa K l p r = q * (l.+1%:R / 2%:R).
Proof.
elim: l p r => [|l IH] p r /=; rewrite /average.
  by rewrite gain1 (@average_const K q0 _ (1 / 2%:R)) // mul1r.
rewrite (@average_const K q0 _ (1 / 2%:R)) => [|k]; last by rewrite /entrywise !constant_Sigma.
rewrite (@average_const K q0 _ (1 / 2%:R * (q * (l.+1%:R / 2%:R)))) => [|k]; last by rewrite /entrywise !constant_Sigma step1 IH.
by rewrite [l.+2%:R]natrS; field.
Qed.

Lemma constant_backward j : \sum_p \sum_r backward K j p r = 2%:R.
Proof.
elim: j => [|j IH] /=.
  rewrite (eq_bigr (fun p => C * \sum_r M p r)) => [|p _]; last by rewrite mulr_sumr.
  by rewrite -mulr_sumr M1 mulr1.
rewrite -[RHS]IH; rewrite (eq_bigr (fun p => \sum_r (\sum_(k <- K) backward K j (p - k) (r - k)) / q)); last first.
  move=> p _; apply: eq_bigr => r _; rewrite /average_adjoint mulrA; congr (_ / _); rewrite mulr_sumr; apply: eq_bigr => k _.
  by rewrite /entrywise !constant_Sigma step1; field.
rewrite (eq_bigr (fun p => (\sum_(k <- K) \sum_r backward K j (p - k) (r - k)) / q)) => [|p _]; last first.
  by rewrite -mulr_suml exchange_big.
rewrite -mulr_suml exchange_big /=; apply: (average_const q0) => k.
have inj : injective (fun p : P => p - k) by move=> x y /(congr1 (fun z => z + k)); rewrite !subrK.
rewrite [RHS](reindex_inj inj) /=; apply: eq_bigr => p _.
by rewrite [RHS](reindex_inj inj).
Qed.

(* Claim: cnn-kernel.  Paper: equation 9 against theorem 1.1 of Jelassi et al. 2023.
   On an input that is the same at every position, with any readout that sums to 1, D is q^2 times the chain's:
   q^2 l(2l^2+1)/12 at layer l.
   Rust: archscale_theory::chain::closed::chain_limit *)
Theorem constant_input_chain l p : change K l p = q ^+ 2 * (l.+1%:R * (2%:R * l.+1%:R ^+ 2 + 1) / 12%:R).
Proof.
have react j p' : reaction K j p' = q ^+ 2 * (j.+1%:R / 2%:R) ^+ 2.
  rewrite /reaction (eq_bigr (fun r => q ^+ 2 * (j.+1%:R / 2%:R) ^+ 2 / 2%:R * \sum_r' signal K j r r')); last first.
    move=> r _; rewrite mulr_sumr; apply: eq_bigr => r' _.
    by rewrite !constant_kappa /entrywise !constant_Sigma step1; field.
  by rewrite -mulr_sumr /signal constant_backward; field.
have src j p' : source K j p' = 2%:R * q ^+ 2 * (j.+1%:R / 2%:R) ^+ 2.
  rewrite /source react (eq_bigr (fun r => q ^+ 2 * (j.+1%:R / 2%:R) ^+ 2 / 2%:R * \sum_r' signal K j r r')); last first.
    move=> r _; rewrite mulr_sumr; apply: eq_bigr => r' _.
    by rewrite !constant_kappa /entrywise !constant_Sigma angle1; field.
  by rewrite -mulr_sumr /signal constant_backward; field.
have fl j p' : fluctuation K j p' = q ^+ 2 * (j%:R * (j%:R + 1) * (2%:R * j%:R + 1) / 12%:R).
  elim: j p' => [|j IH] p' /=; first by ring.
  by rewrite /average_vector; apply: (average_const q0) => k; rewrite IH src [j.+1%:R]natrS; field.
by rewrite /change fl react [l.+1%:R]natrS; field.
Qed.

End Constant.
End Convolution.
