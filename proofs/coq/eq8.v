(* Equation 8 as a statement about all DAGs: B ~ sum_p L_p^3 fails under the initialisation it is stated for. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit paths.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* K layers, each joined to the next by two parallel edges; the output reads the last layer by one. *)
Definition double_parents (K a : nat) : seq nat :=
  if a is b.+1 then (if (b < K)%N then [:: b; b] else [:: b]) else [::].

Lemma double_before K a u : u \in double_parents K a -> (u < a)%N.
Proof. by case: a => [//|a] /=; case: ifP => _; rewrite !inE ?orbb => /eqP ->. Qed.

Lemma double_some K a : (0 < a <= K.+1)%N -> double_parents K a != [::].
Proof. by case: a => [//|a] _ /=; case: ifP. Qed.

Definition double_chain (K : nat) : dag := Dag (@double_before K) (@double_some K).

(* K layers of two vertices, each of which reads both vertices of the layer before: layer l holds 2l - 1 and 2l, and the output
   2K + 1 reads both vertices of layer K.  No edge is doubled. *)
Definition layered_parents (a : nat) : seq nat :=
  match a with 0 => [::] | 1 | 2 => [:: 0] | b.+3 => [:: (b./2).*2.+1; (b./2).*2.+2] end%N.

Lemma layered_before a u : u \in layered_parents a -> (u < a)%N.
Proof.
move: a => [|[|[|b]]] /=; rewrite ?in_cons ?in_nil ?orbF; lia.
Qed.

Lemma layered_some K a : (0 < a <= K)%N -> layered_parents a != [::].
Proof. by move: a => [|[|[|a]]]. Qed.

Definition layered (K : nat) : dag := Dag layered_before (@layered_some K.*2.+1).

Lemma layered_odd l : layered_parents l.*2.+3 = [:: l.*2.+1; l.*2.+2].
Proof. by rewrite /= doubleK. Qed.

Lemma layered_even l : layered_parents l.*2.+4 = [:: l.*2.+1; l.*2.+2].
Proof. by rewrite /= uphalf_double. Qed.

Section Double.
Variables (R : numFieldType) (K : nat) (M : limit R).
Hypothesis ML : limit_law (double_chain K) (target R (double_chain K)) M.

Lemma double_gain a : (0 < a <= K)%N -> forall u, target R (double_chain K) u a / 2%:R = 1 / 2%:R.
Proof.
by case: a => [//|a] /andP [_ aK] u; rewrite /target /in_degree /= aK /=; field.
Qed.

Lemma double_moment a : (a <= K.+1)%N -> moment M a = 1.
Proof. exact: (target_preserves (moment_law ML)). Qed.

Lemma double_kappa a : (a <= K)%N -> kappa M a = a%:R.
Proof.
elim: a => [|a IH] aK; first by rewrite (kappa_input ML).
rewrite (kappa_step ML) //= aK !big_cons big_nil double_gain // double_moment; last lia.
by rewrite IH 1?ltnW // [a.+1%:R]natrS; field.
Qed.

Lemma double_tau a b : (b <= a <= K)%N -> tau M a b = tau M b b.
Proof.
elim: a => [|a IH] /andP []; first by rewrite leqn0 => /eqP ->.
rewrite leq_eqVlt => /orP [/eqP -> //|ba] aK.
by rewrite (tau_before ML) //= aK !big_cons big_nil double_gain // IH; [field|lia].
Qed.

Lemma double_cross a : (0 < a <= K)%N -> cross M a = a%:R * (a%:R - 1) * (2%:R * a%:R - 1) / 3%:R.
Proof.
elim: a => [//|a IH] aK; have aK' : (a < K)%N by case/andP: aK.
rewrite (cross_step ML) //= aK' !big_cons !big_nil double_gain //.
case: a IH aK aK' => [_ _ _|a IH aK aK']; first by rewrite (tau_input ML); field.
have h : (0 < a.+1 <= K)%N by lia.
rewrite (tau_same ML h) (IH h) ?(ltnW aK') // double_kappa; last by lia.
by rewrite ![a.+2%:R]natrS ![a.+1%:R]natrS; field.
Qed.

(* Claim: dag-paths.  Paper: equation 8 with equations 3 and 12.
   Two parallel edges per layer multiply B by exactly 4 at every depth K: B(K) = 4 K(2K^2+1)/12 under the target rule.
   Rust: archscale_theory::limit::limit_moments *)
Theorem double_chain_change : (0 < K)%N -> change M K = 4%:R * (K%:R * (2%:R * K%:R ^+ 2 + 1) / 12%:R).
Proof.
move=> K0; rewrite (change_readout ML) /= ?leqnn ?K0 // ltnn big_seq1 (row_same ML) ?K0 ?leqnn //.
rewrite double_kappa // double_cross ?K0 ?leqnn // /target /in_degree /= ltnn /=.
by field.
Qed.

End Double.

(* Claim: dag-paths.  Paper: equation 8 with equations 3 and 12.
   The same graph has 2^K paths of K ReLUs each, so equation 8's sum is 2^K times the chain's.
   Rust: archscale_model::paths::PathSums *)
Theorem double_chain_paths (R : numFieldType) K P : paths_law (double_chain K) P ->
  \sum_(p <- P K.+1) (depth (double_chain K) p)%:R ^+ 3 = 2%:R ^+ K * K%:R ^+ 3 :> R.
Proof.
move=> PL; pose w := weight (he R (double_chain K)).
have he1 u a : he R (double_chain K) u a / 2%:R = 1 by rewrite /he; field.
have S (F : nat -> R) a : (a <= K)%N -> \sum_(p <- P a) w p * F (depth (double_chain K) p) = 2%:R ^+ a * F a.
  elim: a F => [|a IH] F aK; first by case: PL => -> _; rewrite big_seq1 /w /= ?expr0 ?mul1r.
  rewrite (path_sum_step _ PL) /= ?aK ?(leqW aK) // !big_cons big_nil he1.
  by rewrite (IH (fun d => F (1 + d)%N)) 1?ltnW // exprS add1n; ring.
rewrite -(S (fun d => d%:R ^+ 3) K) // (eq_bigr (fun p => w p * (depth (double_chain K) p)%:R ^+ 3)); last first.
  by move=> p _; rewrite /w he_weight mul1r.
by rewrite (path_sum_step _ PL (fun d => d%:R ^+ 3)) /= ?leqnn // ltnn big_seq1 he1 mul1r.
Qed.

Section Layered.
Variables (R : numFieldType) (K : nat) (M : limit R).
Hypothesis ML : limit_law (layered K) (target R (layered K)) M.

Lemma layered_gain2 a : (2 < a)%N -> forall u, target R (layered K) u a / 2%:R = 1 / 2%:R.
Proof. by move: a => [|[|[|a]]] // _ u; rewrite /target /in_degree /=; field. Qed.

Lemma layered_gain1 a : (0 < a <= 2)%N -> forall u, target R (layered K) u a / 2%:R = 1.
Proof. by move: a => [|[|[|a]]] // _ u; rewrite /target /in_degree /=; field. Qed.

Lemma layered_moment a : (a <= K.*2.+1)%N -> moment M a = 1.
Proof. exact: (target_preserves (moment_law ML)). Qed.

(* The state of layer l + 1, whose vertices are 2l + 1 and 2l + 2. *)
Lemma layered_state l : (l < K)%N -> let k := l%:R + 1 / 2%:R : R in let T := l%:R * (4%:R * l%:R ^+ 2 - 1) / 12%:R : R in
  [/\ kappa M l.*2.+1 = k /\ kappa M l.*2.+2 = k, cross M l.*2.+1 = T /\ cross M l.*2.+2 = T,
      tau M l.*2.+1 l.*2.+1 = 2%:R * k ^+ 2 + T, tau M l.*2.+2 l.*2.+2 = 2%:R * k ^+ 2 + T & tau M l.*2.+2 l.*2.+1 = T].
Proof.
elim: l => [|l IH] lK k T.
  have k1 a : (0 < a <= 2)%N -> kappa M a = k.
    move=> a2; have aK : (0 < a <= hidden (layered K))%N by rewrite /=; lia.
    rewrite (kappa_step ML) // (_ : parents _ a = [:: 0%N]); last by move: a a2 {aK} => [|[|[|a]]].
    by rewrite big_seq1 layered_gain1 // layered_moment // (kappa_input ML) /k; field.
  have c1 a : (0 < a <= 2)%N -> cross M a = T.
    move=> a2; have aK : (0 < a <= hidden (layered K))%N by rewrite /=; lia.
    rewrite (cross_step ML) // (_ : parents _ a = [:: 0%N]); last by move: a a2 {aK} => [|[|[|a]]].
    by rewrite !big_seq1 (tau_input ML) /T; ring.
  rewrite !k1 // !c1 // !(tau_same ML) /=; [|rewrite /=; lia..]; rewrite !k1 // !c1 //; split=> //.
  rewrite (tau_before ML) /=; [|rewrite /=; lia..]; rewrite big_seq1 (tau_sym ML) (tau_before ML) /=; [|rewrite /=; lia..].
  by rewrite big_seq1 (tau_input ML) /T; ring.
have [|[k1 k2] [c1 c2] t1 t2 t21] := IH; first lia.
have t12 : tau M l.*2.+1 l.*2.+2 = l%:R * (4%:R * l%:R ^+ 2 - 1) / 12%:R by rewrite (tau_sym ML).
have par a : (a == l.+1.*2.+1) || (a == l.+1.*2.+2) ->
    [/\ (0 < a <= hidden (layered K))%N, (2 < a)%N & parents (layered K) a = [:: l.*2.+1; l.*2.+2]].
  case/orP => /eqP ->; (split; [rewrite /=; lia|lia|rewrite doubleS]).
    exact: layered_odd.
  exact: layered_even.
have kE a : (a == l.+1.*2.+1) || (a == l.+1.*2.+2) -> kappa M a = k.
  move=> /par [aK a2 aP]; rewrite (kappa_step ML) // aP !big_cons big_nil layered_gain2 // k1 k2.
  rewrite !layered_moment; [|rewrite /=; lia..]; by rewrite /k [l.+1%:R]natrS; field.
have cE a : (a == l.+1.*2.+1) || (a == l.+1.*2.+2) -> cross M a = T.
  move=> /par [aK a2 aP]; rewrite (cross_step ML) // aP !big_cons !big_nil layered_gain2 // t1 t2 t21 t12.
  by rewrite /T [l.+1%:R]natrS; field.
have e1 : (l.+1.*2.+1 == l.+1.*2.+1) || (l.+1.*2.+1 == l.+1.*2.+2) by rewrite eqxx.
have e2 : (l.+1.*2.+2 == l.+1.*2.+1) || (l.+1.*2.+2 == l.+1.*2.+2) by rewrite eqxx orbT.
have [aK1 _ aP1] := par _ e1; have [aK2 a2 aP2] := par _ e2.
rewrite !(kE _ e1) !(kE _ e2) !(cE _ e1) !(cE _ e2) !(tau_same ML) // !(kE _ e1) !(kE _ e2) !(cE _ e1) !(cE _ e2).
split=> //; rewrite (tau_before ML) // aP2 !big_cons big_nil layered_gain2 //.
rewrite ![tau M _ l.+1.*2.+1](tau_sym ML) !(tau_before ML) ?aP1 ?doubleS //; [|rewrite /=; lia..].
rewrite !big_cons !big_nil !layered_gain2 ?doubleS // t1 t2 t21 t12.
by rewrite /T [l.+1%:R]natrS; field.
Qed.

(* Claim: dag-paths.  Paper: equation 8 with equations 3 and 12.
   On the layered graph B at the last hidden vertex is (2K-1)^2/8 + (K-1)(2K-3)(2K-1)/12 under the target rule: a cubic in K
   with twice the chain's leading coefficient.
   Rust: archscale_theory::limit::limit_moments *)
Theorem layered_change : (0 < K)%N -> change M K.*2
  = (2%:R * K%:R - 1) ^+ 2 / 8%:R + (K%:R - 1) * (2%:R * K%:R - 3%:R) * (2%:R * K%:R - 1) / 12%:R.
Proof.
move: ML layered_state; case: K => [//|l] ML' st _; have [[k1 k2] [c1 c2] t1 t2 t21] := st l (ltnSn l).
have h2 : (0 < l.+1.*2 <= l.+1.*2)%N by rewrite leqnn; lia.
rewrite (change_readout ML') //= doubleS doubleK !big_cons big_nil.
rewrite /target /in_degree /= (row_before ML') /=; [|rewrite /=; lia..].
rewrite (row_same ML') ?doubleS ?leqnn // k2 c2 t21 [l.+1%:R]natrS.
by field.
Qed.

End Layered.

(* Claim: dag-paths.  Paper: equation 8 with equations 3 and 12.
   The layered graph has 2^K paths of K ReLUs each.
   Rust: archscale_model::paths::PathSums *)
Theorem layered_paths (R : numFieldType) K P : (0 < K)%N -> paths_law (layered K) P ->
  \sum_(p <- P K.*2.+1) (depth (layered K) p)%:R ^+ 3 = 2%:R ^+ K * K%:R ^+ 3 :> R.
Proof.
move=> K0 PL; pose w := weight (he R (layered K)).
have he1 u a : he R (layered K) u a / 2%:R = 1 by rewrite /he; field.
have S (F : nat -> R) l : (l < K)%N ->
    \sum_(p <- P l.*2.+1) w p * F (depth (layered K) p) = 2%:R ^+ l * F l.+1 /\
    \sum_(p <- P l.*2.+2) w p * F (depth (layered K) p) = 2%:R ^+ l * F l.+1.
  elim: l F => [|l IH] F lK.
    have S0 (F' : nat -> R) : \sum_(p <- P 0%N) w p * F' (depth (layered K) p) = F' 0%N.
      by case: PL => -> _; rewrite big_seq1 /w /= mul1r.
    have one a : (0 < a <= 2)%N -> \sum_(p <- P a) w p * F (depth (layered K) p) = F 1%N.
      move=> a2; have aK : (a <= hidden (layered K))%N by rewrite /=; lia.
      rewrite (path_sum_step _ PL) /=; last by rewrite /=; lia.
      rewrite (_ : layered_parents a = [:: 0%N]); last by move: a a2 {aK} => [|[|[|a]]].
      by rewrite big_seq1 he1 mul1r (S0 (fun d => F (_ + d)%N)) aK.
    by rewrite !one // expr0 !mul1r.
  have [|S1 S2] := IH (fun d => F (1 + d)%N); first lia.
  have next a : (a <= K.*2)%N -> parents (layered K) a = [:: l.*2.+1; l.*2.+2] -> (0 < a)%N ->
      \sum_(p <- P a) w p * F (depth (layered K) p) = 2%:R ^+ l.+1 * F l.+2.
    move=> aK aP a0; rewrite (path_sum_step _ PL); last by rewrite /=; lia.
    by rewrite aP !big_cons big_nil !he1 !mul1r [hidden _]/= aK S1 S2 exprS add1n; ring.
  split; apply: next; rewrite ?doubleS //; try lia; first exact: layered_odd.
  exact: layered_even.
have [l lK] : exists l, K = l.+1 by case: (K) K0 => // l _; exists l.
subst K.
rewrite (eq_bigr (fun p => w p * (depth (layered l.+1) p)%:R ^+ 3)); last by move=> p _; rewrite /w he_weight mul1r.
rewrite (path_sum_step _ PL (fun d => d%:R ^+ 3)); last by rewrite /=; lia.
have -> : parents (layered l.+1) l.+1.*2.+1 = [:: l.*2.+1; l.*2.+2] by rewrite doubleS; exact: layered_odd.
rewrite !big_cons big_nil !he1 !mul1r [hidden _]/= ltnn.
have [S1 S2] := S (fun d => d%:R ^+ 3) l (ltnSn l).
by rewrite S1 S2 [2%:R ^+ l.+1]exprS; ring.
Qed.

(* Claim: dag-paths.  Paper: equation 8, B(L+1) = sum_p Theta(L_p^3), read as a statement about all DAGs under equations 3, 12.
   No constants 0 < a <= b have a sum_p L_p^3 <= B <= b sum_p L_p^3 for all DAGs, B taken at the last hidden vertex in the limit
   of infinite width; the lower bound already fails, on graphs without double edges.
   Rust: archscale_theory::limit::limit_moments *)
Theorem equation_8_refuted (F : archiFieldType) (a b : F) : 0 < a -> a <= b ->
  ~ (forall G P M, (forall v, uniq (parents G v)) -> paths_law G P -> limit_law G (target F G) M -> (0 < hidden G)%N ->
     let S := \sum_(p <- P (hidden G).+1) (depth G p)%:R ^+ 3 in
     a * S <= change M (hidden G) /\ change M (hidden G) <= b * S).
Proof.
move=> a0 _ H.
have [k ka] : exists k : nat, 1 / a < k%:R by exists (Num.bound (1 / a)); rewrite archi_boundP // divr_ge0 ?ler01 // ltW.
pose K := k.+1.
have [P PL] := paths_exist (layered K); have [M ML] := limit_exists (layered K) (target F (layered K)).
have uni v : uniq (parents (layered K) v).
  by move: v => [|[|[|v]]] //=; rewrite inE eqSS -[X in _ == X]add1n -[X in X == _]add0n eqn_add2r.
have h0 : (0 < hidden (layered K))%N by [].
have [low _] := H _ _ _ uni PL ML h0; move: low => /=.
rewrite (layered_paths F _ PL) // (layered_change ML) // => low.
have k0 : 0 <= k%:R :> F by rewrite ler0n.
have Kcube : 0 < K%:R ^+ 3 :> F by rewrite exprn_gt0 // ltr0n.
have up : (2%:R * K%:R - 1) ^+ 2 / 8%:R + (K%:R - 1) * (2%:R * K%:R - 3%:R) * (2%:R * K%:R - 1) / 12%:R <= K%:R ^+ 3 :> F.
  rewrite -subr_ge0; set D := _ - _.
  have -> : D = (16%:R * k%:R ^+ 3 + 60%:R * k%:R ^+ 2 + 62%:R * k%:R + 21%:R) / 24%:R.
    by rewrite /D /K ![k.+1%:R]natrS; move: (k%:R) => y; field.
  apply: divr_ge0; rewrite ?ler0n //; apply: addr_ge0; rewrite ?ler0n //.
  by apply: addr_ge0; [apply: addr_ge0|]; rewrite mulr_ge0 ?exprn_ge0 ?ler0n.
have := le_trans low up; rewrite mulrA -{2}[K%:R ^+ 3]mul1r ler_pmul2r // => bad.
have two : k%:R <= 2%:R ^+ K :> F by rewrite -natrX ler_nat ltnW // (ltn_trans (ltnSn k)) // ltn_expl.
have : a * k%:R <= 1 by apply: le_trans bad; rewrite ler_pmul2l.
by rewrite leNgt; move: ka; rewrite ltr_pdivr_mulr // mulrC => ->.
Qed.
