(* The expansion of A(L; L) in powers of 1/n on chains, for every depth L; the plan is that of `expansion.v`. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag triple.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Expansion.
Variable R : numFieldType.

(* p times the polynomial in x with these coefficients, from the constant up. *)
Fixpoint xmul_rec (c : seq R) (p : {poly R}) : {poly R} := if c is a :: c' then a *: p + xmul_rec c' (p * 'X) else 0.
Definition xmul := locked xmul_rec.

Lemma xmul_nil p : xmul [::] p = 0. Proof. by rewrite /xmul -lock. Qed.
Lemma xmul_cons a c p : xmul (a :: c) p = a *: p + xmul c (p * 'X). Proof. by rewrite /xmul -lock. Qed.

Fixpoint xeval (c : seq R) (x : R) : R := if c is a :: c' then a + x * xeval c' x else 0.

Lemma horner_xmul c p x : (xmul c p).[x] = xeval c x * p.[x].
Proof. by elim: c p => [|a c IH] p; rewrite ?xmul_nil ?xmul_cons ?horner0 ?mul0r // hornerD hornerZ IH hornerMX /=; ring. Qed.

Lemma coef_xmul0 c p : (xmul c p)`_0 = c`_0 * p`_0.
Proof.
elim: c p => [|a c IH] p; first by rewrite xmul_nil coef0 mul0r.
by rewrite xmul_cons coefD coefZ IH coefMX mulr0 addr0.
Qed.

Lemma coef_xmulS c p i : (xmul c p)`_i.+1 = c`_0 * p`_i.+1 + (xmul (behead c) p)`_i.
Proof.
have shift d r j : (xmul d (r * 'X))`_j.+1 = (xmul d r)`_j.
  elim: d r => [|a d IH] r; first by rewrite !xmul_nil !coef0.
  by rewrite !xmul_cons !coefD !coefZ coefMX IH.
by case: c => [|a c]; rewrite ?xmul_nil ?xmul_cons ?coef0 ?mul0r ?addr0 // coefD coefZ shift.
Qed.

(* Scaled moments as polynomials in x = 1/n: SSS/(n/2)^3, SSt/(n/2)^4, Sq/(n/2)^3, Stt/(n/2)^5, Sm/(n/2)^4, tq/(n/2)^4, r/(n/2)^3. *)
Record scaled3 := Scaled3 {
  zSSS : {poly R}; zSSt : {poly R}; zSq : {poly R}; zStt : {poly R}; zSm : {poly R}; ztq : {poly R}; zr : {poly R}
}.

Definition scaled3_step (p : scaled3) : scaled3 := Scaled3
  (xmul [:: 1; 15%:R; 44%:R] (zSSS p))
  (xmul [:: 1; 7%:R; 4%:R] (zSSS p)
   + xmul [:: 1; 7%:R; 4%:R] (zSSt p)
   + xmul [:: 0; 0; 16%:R; 80%:R] (zSq p))
  (xmul [:: 1; 5%:R] (zSSS p)
   + xmul [:: 1; 5%:R] (zSSt p)
   + xmul [:: 1; 13%:R; 34%:R] (zSq p))
  (xmul [:: 1; 3%:R] (zSSS p)
   + xmul [:: 2%:R; 6%:R] (zSSt p)
   + xmul [:: 0; 0; 16%:R; 16%:R] (zSq p)
   + xmul [:: 1; 3%:R] (zStt p)
   + xmul [:: 0; 0; 8%:R; 8%:R] (zSm p)
   + xmul [:: 0; 0; 16%:R; 16%:R] (ztq p)
   + xmul [:: 0; 0; 0; 0; 128%:R] (zr p))
  (xmul [:: 1; 1] (zSSS p)
   + xmul [:: 2%:R; 2%:R] (zSSt p)
   + xmul [:: 0; 0; 16%:R] (zSq p)
   + xmul [:: 1; 1] (zStt p)
   + xmul [:: 1; 5%:R; 2%:R] (zSm p)
   + xmul [:: 0; 0; 16%:R] (ztq p)
   + xmul [:: 0; 0; 16%:R; 48%:R] (zr p))
  (xmul [:: 1; 1] (zSSS p)
   + xmul [:: 2%:R; 2%:R] (zSSt p)
   + xmul [:: 1; 5%:R; 10%:R] (zSq p)
   + xmul [:: 1; 1] (zStt p)
   + xmul [:: 0; 0; 8%:R] (zSm p)
   + xmul [:: 1; 5%:R; 10%:R] (ztq p)
   + xmul [:: 0; 0; 16%:R; 48%:R] (zr p))
  (xmul [:: 1] (zSSS p)
   + xmul [:: 2%:R] (zSSt p)
   + xmul [:: 2%:R; 6%:R] (zSq p)
   + xmul [:: 1] (zStt p)
   + xmul [:: 1; 3%:R] (zSm p)
   + xmul [:: 2%:R; 6%:R] (ztq p)
   + xmul [:: 1; 9%:R; 22%:R] (zr p)).

Definition scaled3_state (l : nat) : scaled3 := iter l scaled3_step (Scaled3 1 0 0 0 0 0 0).

(* A(L; L) of the layer after l, as a polynomial in x. *)
Definition output_poly (l : nat) : {poly R} := let p := scaled3_state l in
  xmul [:: 0; 1 / 4%:R; 5%:R / 4%:R] (zSSS p)
   + xmul [:: 0; 1 / 2%:R; 5%:R / 2%:R] (zSSt p)
   + xmul [:: 0; 0; 2%:R; 10%:R] (zSq p)
   + xmul [:: 0; 1 / 4%:R; 5%:R / 4%:R] (zStt p)
   + xmul [:: 0; 1 / 2%:R; 3%:R; 5%:R / 2%:R] (zSm p)
   + xmul [:: 0; 0; 2%:R; 10%:R] (ztq p)
   + xmul [:: 0; 0; 2%:R; 16%:R; 30%:R] (zr p).

Section Width.
Variable n : R.
Hypothesis n0 : n != 0.

Lemma scaled3_moments l : let p := triple_state n l in let z := scaled3_state l in let x := 1 / n in
  [/\ SSS p = (n / 2%:R) ^+ 3 * (zSSS z).[x], SSt p = (n / 2%:R) ^+ 4 * (zSSt z).[x], Sq p = (n / 2%:R) ^+ 3 * (zSq z).[x],
      Stt p = (n / 2%:R) ^+ 5 * (zStt z).[x] & [/\ Sm p = (n / 2%:R) ^+ 4 * (zSm z).[x],
      tq p = (n / 2%:R) ^+ 4 * (ztq z).[x] & rr p = (n / 2%:R) ^+ 3 * (zr z).[x]]].
Proof.
elim: l => [|l] /=; first by rewrite !hornerE; split; [..|split]; ring.
rewrite -/(triple_state n l) -/(scaled3_state l).
case: (triple_state n l) (scaled3_state l) => [p1 p2 p3 p4 p5 p6 p7] [a b c d e f g] /= [-> -> -> -> [-> -> ->]].
rewrite !(hornerD, horner_xmul) /=.
move: (a.[_]) (b.[_]) (c.[_]) (d.[_]) (e.[_]) (f.[_]) (g.[_]) => a' b' c' d' e' f' g'.
by split; [..|split]; field.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, A = O(1/n) with its coefficients.
   A(L; L) of a chain at any width n is the value at 1/n of one polynomial that does not depend on n.
   Rust: archscale_theory::chain::closed::ChainExpansion *)
Theorem chain_output_polynomial l : (0 < l)%N -> output_part n l 0 = (output_poly l.-1).[1 / n].
Proof.
move=> l0; rewrite chain_output_part_last // /output_poly; have := scaled3_moments l.-1.
case: (triple_state n _) (scaled3_state _) => [p1 p2 p3 p4 p5 p6 p7] [a b c d e f g] /= [-> -> -> -> [-> -> ->]].
rewrite !(hornerD, horner_xmul) /=.
move: (a.[_]) (b.[_]) (c.[_]) (d.[_]) (e.[_]) (f.[_]) (g.[_]) => a' b' c' d' e' f' g'.
by field.
Qed.

End Width.

(* Coefficients of x^0, x^1, x^2 of the scaled moments of layer l. *)
Definition coefs3 (z : scaled3) (L : R) : Prop :=
  [/\ [/\ (zSSS z)`_0 = 1,
        (zSSS z)`_1 = 15%:R * L
      & (zSSS z)`_2 = L * (225%:R * L - 137%:R) / 2%:R],
      [/\ (zSSt z)`_0 = L,
        (zSSt z)`_1 = L * (11%:R * L - 4%:R)
      & (zSSt z)`_2 = L * (395%:R * L ^+ 2 - 531%:R * L + 160%:R) / 6%:R],
      [/\ (zSq z)`_0 = L * (L + 1) / 2%:R,
        (zSq z)`_1 = 5%:R * L * (L + 1) * (7%:R * L - 4%:R) / 6%:R
      & (zSq z)`_2 = (L - 1) * L * (L + 1) * (425%:R * L - 336%:R) / 12%:R],
      [/\ (zStt z)`_0 = L ^+ 2,
        (zStt z)`_1 = L * (25%:R * L ^+ 2 - 18%:R * L + 2%:R) / 3%:R
      & (zStt z)`_2 = (L - 1) * L * (251%:R * L ^+ 2 - 244%:R * L + 48%:R) / 6%:R] &
  [/\ [/\ (zSm z)`_0 = L * (L + 1) * (2%:R * L + 1) / 6%:R,
        (zSm z)`_1 = L * (L + 1) * (5%:R * L ^+ 2 - 2%:R * L - 2%:R) / 2%:R
      & (zSm z)`_2 = (L - 1) * L * (L + 1) * (716%:R * L ^+ 2 - 565%:R * L - 344%:R) / 60%:R],
      [/\ (ztq z)`_0 = (L + 1) * L ^+ 2 / 2%:R,
        (ztq z)`_1 = L * (L + 1) * (25%:R * L ^+ 2 - 26%:R * L + 4%:R) / 6%:R
      & (ztq z)`_2 = (L - 1) * L * (L + 1) * (1241%:R * L ^+ 2 - 2000%:R * L + 616%:R) / 60%:R] &
      [/\ (zr z)`_0 = (L + 1) * (2%:R * L + 1) * L ^+ 2 / 6%:R,
        (zr z)`_1 = (L - 1) * L * (L + 1) * (83%:R * L ^+ 2 + 15%:R * L - 17%:R) / 30%:R
      & (zr z)`_2 = (L - 1) * L * (L + 1) * (782%:R * L ^+ 3 - 1375%:R * L ^+ 2 - 78%:R * L + 530%:R) / 60%:R]]].

Lemma scaled3_coefs l : coefs3 (scaled3_state l) l%:R.
Proof.
elim: l => [|l IH]; rewrite /coefs3.
  by rewrite /= !coef0 !coefC /=; split; [split..|split; [split..]]; ring.
have -> : scaled3_state l.+1 = scaled3_step (scaled3_state l) by [].
move: IH; case: (scaled3_state l) => [a b c d e f g]; rewrite [l.+1%:R]natrS; move: (l%:R) => L.
move=> [] /= [a0 a1 a2] [b0 b1 b2] [c0 c1 c2] [d0 d1 d2] [] [e0 e1 e2] [f0 f1 f2] [g0 g1 g2].
by split; [split..|split; [split..]]; rewrite !(coefD, coef_xmulS, coef_xmul0); cbn [nth behead];
  rewrite ?a0 ?a1 ?a2 ?b0 ?b1 ?b2 ?c0 ?c1 ?c2 ?d0 ?d1 ?d2 ?e0 ?e1 ?e2 ?f0 ?f1 ?f2 ?g0 ?g1 ?g2; field.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, A = O(1/n) with its coefficients.
   A(L; L) = (1/n) L(2L^2+1)/12 + (1/n^2) L(23L^3-22L^2+25L-11)/12 + (1/n^3) L(L-1)(276L^3-434L^2+531L-256)/24 + O(1/n^4), for
   every depth L; in particular its leading coefficient is that of B.
   Rust: archscale_theory::chain::closed::ChainExpansion *)
Theorem chain_output_expansion l : (0 < l)%N -> let L := l%:R : R in
  [/\ (output_poly l.-1)`_0 = 0, (output_poly l.-1)`_1 = L * (2%:R * L ^+ 2 + 1) / 12%:R,
      (output_poly l.-1)`_2 = L * (23%:R * L ^+ 3 - 22%:R * L ^+ 2 + 25%:R * L - 11%:R) / 12%:R &
      (output_poly l.-1)`_3
        = L * (L - 1) * (276%:R * L ^+ 3 - 434%:R * L ^+ 2 + 531%:R * L - 256%:R) / 24%:R].
Proof.
case: l => [//|l] _; rewrite [l.+1%:R]natrS; have := scaled3_coefs l; rewrite /output_poly -pred_Sn.
case: (scaled3_state l) => [a b c d e f g]; move: (l%:R) => L.
move=> [] /= [a0 a1 a2] [b0 b1 b2] [c0 c1 c2] [d0 d1 d2] [] [e0 e1 e2] [f0 f1 f2] [g0 g1 g2].
by split; rewrite !(coefD, coef_xmulS, coef_xmul0); cbn [nth behead];
  rewrite ?a0 ?a1 ?a2 ?b0 ?b1 ?b2 ?c0 ?c1 ?c2 ?d0 ?d1 ?d2 ?e0 ?e1 ?e2 ?f0 ?f1 ?f2 ?g0 ?g1 ?g2; field.
Qed.

End Expansion.
