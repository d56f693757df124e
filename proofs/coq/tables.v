(* The finite-width law: five tables of two-vertex moments, in the notation of proofs/finite-width-law.md, and what they become
   on a chain.  The width n is any nonzero scalar; every width n >= 1 is one.  That the integration rules are those of Gaussian
   rows and fair-coin gates is proved in step.v and rules_between.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag forward limit.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Tables.
Variable R : numFieldType.

(* tSS a b = E[S_a S_b];  tSt a b = E[S_a t_b];  ttt a b = E[t_a t_b];  tm a b = E[tr M_ab M_ba];  tq a b = E[h_a' M_ab h_b];
   tU a b = sum_ij E[g_j(b) K_ij(a,b)^2];  label_part a = B(a). *)
Record tables := Tables {
  tSS : nat -> nat -> R; tSt : nat -> nat -> R; ttt : nat -> nat -> R; tm : nat -> nat -> R; tq : nat -> nat -> R;
  tU : nat -> nat -> R; label_part : nat -> R
}.

Section Law.
Variables (G : dag) (C : nat -> nat -> R) (n : R) (T : tables).

Let s u a := C u a / n.
Let sum1 a (F : nat -> R) := \sum_(u <- parents G a) F u.
Let sum2 a (F : nat -> nat -> R) := \sum_(u <- parents G a) \sum_(w <- parents G a) F u w.

(* Double sums over the in-edges of a: x weights a vertex by s, y by 1. *)
Definition XX a := sum2 a (fun u w => s u a * s w a * tSS T u w).
Definition XY a := sum2 a (fun u w => s u a * tSS T u w).
Definition YY a := sum2 a (fun u w => tSS T u w).
Definition XA a := sum2 a (fun u w => s u a * s w a * tSt T u w).
Definition YA a := sum2 a (fun u w => s w a * tSt T u w).
Definition AA a := sum2 a (fun u w => s u a * s w a * ttt T u w).
Definition MM a := sum2 a (fun u w => s u a * s w a * tm T u w).
Definition QQ a := sum2 a (fun u w => s u a * s w a * tq T u w).
Definition KK a := YY a + 2%:R * YA a + AA a + 2%:R * MM a.
Definition dd a := (XY a + XA a + 2%:R * QQ a) / 2%:R.

Record pair_law : Prop := PairLaw {
  SS_input : tSS T 0 0 = (n / 2%:R) ^+ 2;
  St_input : tSt T 0 0 = 0;
  tt_input : ttt T 0 0 = 0;
  m_input : tm T 0 0 = 0;
  q_input : tq T 0 0 = 0;
  pair_sym : forall a b, [/\ tSS T a b = tSS T b a, ttt T a b = ttt T b a, tm T a b = tm T b a & tq T a b = tq T b a];
  pair_before : forall a b, (0 < a <= hidden G)%N -> (b < a)%N ->
    [/\ tSS T a b = n / 2%:R * sum1 a (fun u => s u a * tSS T u b),
        tSt T a b = n / 2%:R * sum1 a (fun u => s u a * tSt T u b),
        tSt T b a = n / 2%:R * sum1 a (fun u => tSS T b u + s u a * tSt T b u),
        ttt T a b = n / 2%:R * sum1 a (fun u => tSt T u b + s u a * ttt T u b) &
        tm T a b = n / 2%:R * sum1 a (fun u => s u a * tm T u b) /\
        tq T a b = n / 2%:R * sum1 a (fun u => s u a * tq T u b)];
  pair_same : forall a, (0 < a <= hidden G)%N ->
    [/\ tSS T a a = (3%:R * n / 2%:R + n * (n - 1) / 4%:R) * XX a,
        tSt T a a = n * dd a + n * (n - 1) / 4%:R * (XY a + XA a),
        ttt T a a = n / 2%:R * KK a + n * (n - 1) / 4%:R * (YY a + 2%:R * YA a + AA a),
        tm T a a = n / 2%:R * KK a + n * (n - 1) / 4%:R * MM a &
        tq T a a = n * dd a + n * (n - 1) / 4%:R * QQ a];
  U_before : forall a b, (0 < a <= hidden G)%N -> (b < a)%N -> tU T a b = 2%:R * tm T a b;
  U_same : forall a, (0 < a <= hidden G)%N -> tU T a a = n / 2%:R * KK a + n * (n - 1) / 2%:R * MM a;
  U_after : forall a b, (0 < a)%N -> (a < b <= hidden G)%N -> tU T a b = n / 2%:R * sum1 b (fun u => s u b * tU T a u);
  label_readout : forall a, (0 < a <= hidden G)%N ->
    label_part T a = \sum_(b <- parents G (hidden G).+1) C b (hidden G).+1 / n ^+ 2 * tU T a b / n
}.

End Law.

(* The five moments of one layer of a chain, in the order SS, St, tt, m, q. *)
Record pair := Pair { ss : R; st : R; tt : R; m : R; q : R }.

Section Chain.
Variable n : R.
Hypothesis n0 : n != 0.

Definition lambda : R := 1 + 5%:R / n.
Definition mu : R := 1 - 1 / n.

Definition pair_start : pair := Pair ((n / 2%:R) ^+ 2) 0 0 0 0.

Definition pair_step (p : pair) : pair := Pair
  (lambda * ss p)
  ((n + 1) / 2%:R * ss p + (1 + 1 / n) * st p + 4%:R / n * q p)
  (n * (n + 1) / 4%:R * ss p + (n + 1) * st p + (1 + 1 / n) * tt p + 4%:R / n * m p)
  (n / 2%:R * ss p + 2%:R * st p + 2%:R / n * tt p + (1 + 3%:R / n) * m p)
  (ss p + 2%:R / n * st p + (1 + 3%:R / n) * q p).

Definition pair_state (l : nat) : pair := iter l pair_step pair_start.

(* B of the layer after p. *)
Definition pair_label (p : pair) : R :=
  (ss p + 4%:R / n * st p + 4%:R / n ^+ 2 * (tt p + (n + 1) * m p)) / n ^+ 2.

Variables (N : nat) (T : tables).
Hypothesis TL : pair_law (chain N) (he R (chain N)) n T.

Definition diagonal a : pair := Pair (tSS T a a) (tSt T a a) (ttt T a a) (tm T a a) (tq T a a).

(* Claim: chain-cubic.  Paper: equation 5 on a chain, at width n.
   On a chain the five tables at layer l are the l-th iterate of a 5 x 5 transfer matrix.
   Rust: archscale_theory::chain::moments::pair_transfer *)
Theorem chain_tables a : (a <= N)%N -> diagonal a = pair_state a.
Proof.
elim: a => [|a IH] aN.
  by rewrite /diagonal (SS_input TL) (St_input TL) (tt_input TL) (m_input TL) (q_input TL).
have := IH (ltnW aN); rewrite /pair_state iterS -/(pair_state a) => <-.
rewrite /diagonal /pair_step /lambda.
have [-> -> -> -> ->] := @pair_same _ _ _ _ TL a.+1 aN.
rewrite /KK /dd /XX /XY /YY /XA /YA /AA /MM /QQ /he /= !big_seq1.
by congr Pair; field.
Qed.

(* Claim: chain-cubic.  Paper: equation 5 on a chain, at width n.
   B of layer l, from the five tables, is a linear form in the moments of layer l - 1; it does not depend on the depth N.
   Rust: archscale_theory::chain::moments::ChainMoments::label_part *)
Theorem chain_label a : (a < N)%N -> label_part T a.+1 = pair_label (pair_state a).
Proof.
move=> aN; rewrite (label_readout TL) //= big_seq1 -chain_tables; last exact: ltnW.
have row b : (a.+1 <= b <= N)%N -> tU T a.+1 b = tU T a.+1 a.+1.
  elim: b => [//|b IH] /andP []; rewrite leq_eqVlt => /orP [/eqP -> //|ab] bN.
  rewrite (U_after TL) //= ?ab // big_seq1 /he IH; last lia.
  by field.
rewrite row ?aN ?leqnn // (U_same TL) //.
rewrite /KK /YY /YA /AA /MM /pair_label /diagonal /he /= !big_seq1.
by field.
Qed.

(* Claim: chain-cubic.  Paper: the factor e^{5 sum 1/n} of Jelassi et al. 2023, exactly.
   On a chain E|h_l|^4 = (n/2)^2 (1 + 5/n)^l.
   Rust: archscale_theory::tables::PairTables::ss *)
Theorem chain_fourth_moment a : (a <= N)%N -> tSS T a a = (n / 2%:R) ^+ 2 * (1 + 5%:R / n) ^+ a.
Proof.
move=> aN; rewrite -[LHS]/(ss (diagonal a)) chain_tables // /pair_state.
elim: a {aN} => [|a IH]; first by rewrite expr0 mulr1.
by rewrite iterS [_ ^+ a.+1]exprS mulrCA -IH.
Qed.

End Chain.
End Tables.
