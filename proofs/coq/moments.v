(* The moment step: from Wick's rule for Gaussian rows and fair-coin gates to the integration rules of the finite-width law.

   One vertex a of width n, given everything earlier.  Neuron i has a row r_i of independent centred Gaussian weights, coordinate
   x of variance s x (C(u,a)/n on the block of the edge u -> a); rows are independent and have the same law.  Then
     z_i = r_i . H,   K_ij = delta_ij Y + r_i' M r_j,
   where H (the parents' outputs), Y = sum_u S_u and the symmetric matrix M = (M_uw) belong to the past.  M is written as
   sum_l c_l v_l v_l', which every symmetric matrix is.  A kernel factor towards an earlier neuron is a linear form r_i . w with w
   from the past.  Gates are fair coins, one per neuron, independent of the rows: the sign-flip argument that makes them so for
   even functions of each row is outside this file.

   Random variables are polynomials in gates and linear forms of rows (`rv`); `expect` expands one into monomials and averages
   each monomial by the definition `mono_mean`: per neuron 1/2 if it is gated, times Wick's sum over pairings. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Moments.
Variables (R : numFieldType) (n dim : nat).
Local Notation V := 'rV[R]_dim.
Variable s : 'I_dim -> R.

(* Covariance of the linear forms r . v and r . w of one row. *)
Definition dot (v w : V) : R := \sum_x s x * v 0 x * w 0 x.

Lemma dotC v w : dot v w = dot w v.
Proof. by apply: eq_bigr => x _; rewrite mulrAC. Qed.

Definition drop_at (T : Type) (j : nat) (l : seq T) := take j l ++ drop j.+1 l.

(* Wick's rule: pair the first form with each of the others. *)
Fixpoint wick_fuel (k : nat) (l : seq V) : R :=
  match l, k with
  | [::], _ => 1
  | v :: l', k'.+1 => \sum_(0 <= j < size l') dot v (nth 0 l' j) * wick_fuel k' (drop_at j l')
  | _, _ => 0
  end.
Definition wick (l : seq V) : R := wick_fuel (size l) l.

Definition monomial := (seq 'I_n * seq ('I_n * V))%type.

Definition neuron_mean (k : 'I_n) (x : monomial) : R :=
  (if k \in x.1 then 1 / 2%:R else 1) * wick [seq f.2 | f <- x.2 & f.1 == k].
Definition mono_mean (x : monomial) : R := \prod_k neuron_mean k x.

Inductive rv : Type :=
  | Const of R
  | Gate of 'I_n
  | Form of 'I_n & V
  | Add of rv & rv
  | Mul of rv & rv
  | Sum k of ('I_k -> rv).

(* Multiply out; `k` averages the monomials that result. *)
Fixpoint expand (X : rv) (k : monomial -> R) (x : monomial) : R :=
  match X with
  | Const c => c * k x
  | Gate i => k (rcons x.1 i, x.2)
  | Form i v => k (x.1, rcons x.2 (i, v))
  | Add X Y => expand X k x + expand Y k x
  | Mul X Y => expand X (expand Y k) x
  | Sum _ F => \sum_j expand (F j) k x
  end.
Definition expect (X : rv) : R := expand X mono_mean ([::], [::]).

Lemma expand_ext X k k' x : (forall y, k y = k' y) -> expand X k x = expand X k' x.
Proof.
elim: X k k' x => [a|i|i w|X1 IH1 X2 IH2|X1 IH1 X2 IH2|m F IH] k k' x kk /=; rewrite ?kk //.
- by rewrite (IH1 k k') // (IH2 k k').
- by apply: IH1 => y; apply: IH2.
- by apply: eq_bigr => j _; apply: IH.
Qed.

Lemma expand_sum X m (k : 'I_m -> monomial -> R) x : expand X (fun y => \sum_j k j y) x = \sum_j expand X (k j) x.
Proof.
elim: X k x => [a|i|i w|X1 IH1 X2 IH2|X1 IH1 X2 IH2|p F IH] k x //=.
- by rewrite mulr_sumr.
- by rewrite IH1 IH2 big_split.
- by rewrite -IH1; apply: expand_ext => y; rewrite IH2.
- by rewrite exchange_big /=; apply: eq_bigr => j _; rewrite IH.
Qed.

(* Sums over neurons may be taken first. *)
Lemma expand_sums m p (F : 'I_m -> rv) (G : 'I_p -> rv) k x :
  expand (Mul (Sum F) (Sum G)) k x = \sum_i \sum_j expand (F i) (expand (G j) k) x.
Proof. by rewrite /=; apply: eq_bigr => i _; rewrite -expand_sum. Qed.

(* Monomials on one, two, three different neurons. *)
Lemma mean_other (nn : seq 'I_n) x : all (fun i => i \in nn) x.1 -> all (fun f => f.1 \in nn) x.2 ->
  forall k, k \notin nn -> neuron_mean k x = 1.
Proof.
move=> /allP g /allP f k kn; rewrite /neuron_mean ifF; last by apply/negP => /g kin; rewrite kin in kn.
rewrite mul1r (_ : [seq _ <- _ | _] = [::]) //.
by apply/eqP; rewrite -[_ == _]negbK -has_filter; apply/hasPn => y /f yin; apply: contraNneq kn => <-.
Qed.

Lemma mean1 i x : all (fun j => j \in [:: i]) x.1 -> all (fun f => f.1 \in [:: i]) x.2 -> mono_mean x = neuron_mean i x.
Proof.
move=> g f; rewrite /mono_mean (bigD1 i) //= big1 ?mulr1 // => k ki.
by apply: (mean_other g f); rewrite inE.
Qed.

Lemma mean2 i j x : i != j -> all (fun k => k \in [:: i; j]) x.1 -> all (fun f => f.1 \in [:: i; j]) x.2 ->
  mono_mean x = neuron_mean i x * neuron_mean j x.
Proof.
move=> ij g f; rewrite /mono_mean (bigD1 i) //= (bigD1 j) /=; last by rewrite eq_sym.
rewrite big1 ?mulr1 // => k /andP [ki kj].
by apply: (mean_other g f); rewrite !inE negb_or ki kj.
Qed.

Lemma mean3 i j l x : i != j -> i != l -> j != l -> all (fun k => k \in [:: i; j; l]) x.1 ->
  all (fun f => f.1 \in [:: i; j; l]) x.2 -> mono_mean x = neuron_mean i x * (neuron_mean j x * neuron_mean l x).
Proof.
move=> ij il jl g f; rewrite /mono_mean (bigD1 i) //= (bigD1 j) /=; last by rewrite eq_sym.
rewrite (bigD1 l) /=; last by rewrite ![l == _]eq_sym il jl.
rewrite big1 ?mulr1 // => k /andP [/andP [ki kj] kl].
by apply: (mean_other g f); rewrite !inE !negb_or ki kj kl.
Qed.

Lemma size_drop_at (T : Type) j (l : seq T) : (j < size l)%N -> size (drop_at j l) = (size l).-1.
Proof. by move=> jl; rewrite size_cat size_take size_drop jl; lia. Qed.

Lemma wick_fuelE k k' l : (size l <= k)%N -> (size l <= k')%N -> wick_fuel k l = wick_fuel k' l.
Proof.
elim: k k' l => [|k IH] [|k'] [|v l] //= lk lk'; apply: eq_big_nat => j /andP [_ jl]; congr (_ * _).
by apply: IH; rewrite size_drop_at //; lia.
Qed.

Lemma wick_cons v l : wick (v :: l) = \sum_(0 <= j < size l) dot v (nth 0 l j) * wick (drop_at j l).
Proof.
rewrite /wick /=; apply: eq_big_nat => j /andP [_ jl]; congr (_ * _).
by apply: wick_fuelE; rewrite // size_drop_at //; lia.
Qed.

Lemma wick0 : wick [::] = 1. Proof. by []. Qed.

Lemma wick2 a b : wick [:: a; b] = dot a b.
Proof. by rewrite wick_cons big_nat1 /drop_at /= wick0 mulr1. Qed.

Lemma wick4 a b c d : wick [:: a; b; c; d] = dot a b * dot c d + dot a c * dot b d + dot a d * dot b c.
Proof. by rewrite wick_cons !big_nat_recr //= big_geq // add0r /drop_at /= !wick2. Qed.

(* The fifteen pairings of six forms. *)
Lemma wick6 a b c d e f : wick [:: a; b; c; d; e; f] =
  dot a b * (dot c d * dot e f + dot c e * dot d f + dot c f * dot d e)
  + dot a c * (dot b d * dot e f + dot b e * dot d f + dot b f * dot d e)
  + dot a d * (dot b c * dot e f + dot b e * dot c f + dot b f * dot c e)
  + dot a e * (dot b c * dot d f + dot b d * dot c f + dot b f * dot c d)
  + dot a f * (dot b c * dot d e + dot b d * dot c e + dot b e * dot c d).
Proof. by rewrite wick_cons !big_nat_recr //= big_geq // add0r /drop_at /= !wick4. Qed.

(* Sums over two or three neurons whose terms depend only on which indices agree. *)
Lemma sum2_classes (F : 'I_n -> 'I_n -> R) (same diff : R) :
  (forall i, F i i = same) -> (forall i j, i != j -> F i j = diff) ->
  \sum_i \sum_j F i j = n%:R * same + n%:R * (n%:R - 1) * diff.
Proof.
move=> Fs Fd; have row i : \sum_j F i j = same + (n%:R - 1) * diff.
  rewrite (bigD1 i) //= Fs; congr (_ + _); rewrite (eq_bigr (fun=> diff)) => [|j ji]; last by rewrite Fd // eq_sym.
  rewrite sumr_const (_ : #|_| = n.-1); last by rewrite -[in RHS](card_ord n) -(cardC1 i); apply: eq_card.
  by case: (n) i => [[]|n'] // _; rewrite (_ : n'.+1%:R - 1 = n'%:R :> R) ?mulr_natl // [n'.+1%:R]natrS addrK.
by rewrite (eq_bigr (fun=> same + (n%:R - 1) * diff)) // sumr_const card_ord -mulr_natl; ring.
Qed.

Lemma sum1_class (F : 'I_n -> R) (same : R) : (forall i, F i = same) -> \sum_i F i = n%:R * same.
Proof. by move=> Fs; rewrite (eq_bigr (fun=> same)) // sumr_const card_ord mulr_natl. Qed.

(* All equal; the pairs (1,2), (1,3), (2,3) equal; all different. *)
Lemma sum3_classes (F : 'I_n -> 'I_n -> 'I_n -> R) (same e12 e13 e23 diff : R) :
  (forall i, F i i i = same) -> (forall i k, i != k -> F i i k = e12) -> (forall i j, i != j -> F i j i = e13) ->
  (forall i j, i != j -> F i j j = e23) -> (forall i j k, i != j -> i != k -> j != k -> F i j k = diff) ->
  \sum_i \sum_j \sum_k F i j k = n%:R * same + n%:R * (n%:R - 1) * (e12 + e13 + e23)
    + n%:R * (n%:R - 1) * (n%:R - 2%:R) * diff.
Proof.
move=> Fs F12 F13 F23 Fd.
have pick (i : 'I_n) (x : R) : \sum_k (if k == i then x else 0) = x by rewrite -big_mkcond big_pred1_eq.
rewrite (@sum2_classes _ (same + (n%:R - 1) * e12) (e13 + e23 + (n%:R - 2%:R) * diff)); first by ring.
- move=> i; rewrite (eq_bigr (fun k => e12 + (if k == i then same - e12 else 0))); last first.
    by move=> k _; case: eqP => [->|/eqP ki]; rewrite ?Fs ?F12 ?addr0 1?eq_sym // addrC subrK.
  by rewrite big_split /= pick sumr_const card_ord -mulr_natl; ring.
- move=> i j ij; rewrite (eq_bigr (fun k => diff + ((if k == i then e13 - diff else 0)
    + (if k == j then e23 - diff else 0)))); last first.
    move=> k _; case: (eqVneq k i) => [->|ki]; first by rewrite (negbTE ij) F13 // addr0 addrC subrK.
    by case: (eqVneq k j) => [->|kj]; rewrite ?F23 ?Fd ?add0r ?addr0 // 1?eq_sym // addrC subrK.
  by rewrite !big_split /= !pick sumr_const card_ord -mulr_natl; ring.
Qed.

(* One vertex. *)
Variables (H : V) (Y : R) (q : nat) (c : 'I_q -> R) (v : 'I_q -> V).

Definition z i : rv := Form i H.
Definition kernel i j : rv :=
  Add (Const (if i == j then Y else 0)) (Sum (fun l => Mul (Const (c l)) (Mul (Form i (v l)) (Form j (v l))))).

(* S_a = sum g z^2;  t_a = sum g K_ii;  q_aa = sum g g z K z;  m_aa = sum g g K^2;  r_aaa = sum g g g z K K z. *)
Definition vS : rv := Sum (fun i => Mul (Gate i) (Mul (z i) (z i))).
Definition vt : rv := Sum (fun i => Mul (Gate i) (kernel i i)).
Definition vq : rv := Sum (fun i => Sum (fun j => Mul (Gate i) (Mul (Gate j) (Mul (z i) (Mul (kernel i j) (z j)))))).
Definition vm : rv := Sum (fun i => Sum (fun j => Mul (Gate i) (Mul (Gate j) (Mul (kernel i j) (kernel i j))))).
Definition vm_ungated : rv := Sum (fun i => Sum (fun j => Mul (Gate j) (Mul (kernel i j) (kernel i j)))).
Definition vr : rv := Sum (fun i => Sum (fun j => Sum (fun k => Mul (Gate i) (Mul (Gate j) (Mul (Gate k)
  (Mul (z i) (Mul (kernel i j) (Mul (kernel j k) (z k))))))))).

(* The same monomials with covariance sites c in place of a: S(c), t(c), q(c,c), m(c,c), r(c;c;c). *)
Definition Sc : R := dot H H.
Definition tc : R := \sum_l c l * dot (v l) (v l).
Definition qcc : R := \sum_l c l * dot H (v l) ^+ 2.
Definition mcc : R := \sum_l c l * \sum_k c k * dot (v l) (v k) ^+ 2.
Definition rccc : R := \sum_l c l * \sum_k c k * (dot H (v l) * dot (v l) (v k) * dot (v k) H).

Lemma csum_add (f g : 'I_q -> R) : \sum_l c l * (f l + g l) = \sum_l c l * f l + \sum_l c l * g l.
Proof. by rewrite -big_split; apply: eq_bigr => l _; rewrite mulrDr. Qed.

Lemma csum_scale (a : R) (f : 'I_q -> R) : \sum_l c l * (a * f l) = a * \sum_l c l * f l.
Proof. by rewrite mulr_sumr; apply: eq_bigr => l _; rewrite mulrCA. Qed.

Lemma csum1 (f : 'I_q -> R) (a b : R) : (forall l, f l = a * dot (v l) (v l) + b * dot H (v l) ^+ 2) ->
  \sum_l c l * f l = a * tc + b * qcc.
Proof. by move=> fE; rewrite (eq_bigr _ (fun l _ => congr1 _ (fE l))) csum_add !csum_scale. Qed.

Lemma csum2 (f : 'I_q -> 'I_q -> R) (a1 a2 a3 a4 a5 a6 : R) :
  (forall l k, f l k = a1 * (dot (v l) (v l) * dot (v k) (v k)) + a2 * dot (v l) (v k) ^+ 2
    + a3 * (dot H (v l) ^+ 2 * dot (v k) (v k)) + a4 * (dot (v l) (v l) * dot H (v k) ^+ 2)
    + a5 * (dot H (v l) * dot (v l) (v k) * dot (v k) H) + a6 * (dot H (v l) ^+ 2 * dot H (v k) ^+ 2)) ->
  \sum_l c l * (\sum_k c k * f l k) = a1 * tc ^+ 2 + a2 * mcc + (a3 + a4) * (tc * qcc) + a5 * rccc + a6 * qcc ^+ 2.
Proof.
move=> fE; transitivity (\sum_l c l * (((a1 * tc + a4 * qcc) * dot (v l) (v l) + (a3 * tc + a6 * qcc) * dot H (v l) ^+ 2)
  + (a2 * (\sum_k c k * dot (v l) (v k) ^+ 2)
  + a5 * (\sum_k c k * (dot H (v l) * dot (v l) (v k) * dot (v k) H))))).
  apply: eq_bigr => l _; congr (_ * _); rewrite (eq_bigr _ (fun k _ => congr1 _ (fE l k))).
  by rewrite !csum_add !csum_scale -/tc -/qcc; ring.
rewrite csum_add (csum1 (fun=> erefl)) csum_add !csum_scale -/mcc -/rccc; ring.
Qed.

(* A kernel factor y + sum_l c_l (...), and two of them; a factor between different neurons has y = 0. *)
Lemma lin (y A : R) (B : 'I_q -> R) (a b1 b2 : R) : A = a ->
  (forall l, B l = b1 * dot (v l) (v l) + b2 * dot H (v l) ^+ 2) ->
  y * A + \sum_l c l * B l = y * a + (b1 * tc + b2 * qcc).
Proof. by move=> -> BE; rewrite (csum1 BE). Qed.

Lemma lin0 (A : R) (B : 'I_q -> R) (b1 b2 : R) :
  (forall l, B l = b1 * dot (v l) (v l) + b2 * dot H (v l) ^+ 2) -> 0 * A + \sum_l c l * B l = b1 * tc + b2 * qcc.
Proof. by move=> BE; rewrite (csum1 BE) mul0r add0r. Qed.

Lemma quad (y1 y2 A : R) (B D : 'I_q -> R) (F : 'I_q -> 'I_q -> R) (a b1 b2 d1 d2 a1 a2 a3 a4 a5 : R) :
  A = a ->
  (forall l, B l = b1 * dot (v l) (v l) + b2 * dot H (v l) ^+ 2) ->
  (forall l, D l = d1 * dot (v l) (v l) + d2 * dot H (v l) ^+ 2) ->
  (forall l k, F l k = a1 * (dot (v l) (v l) * dot (v k) (v k)) + a2 * dot (v l) (v k) ^+ 2
    + a3 * (dot H (v l) ^+ 2 * dot (v k) (v k)) + a4 * (dot (v l) (v l) * dot H (v k) ^+ 2)
    + a5 * (dot H (v l) * dot (v l) (v k) * dot (v k) H)) ->
  y1 * (y2 * A + \sum_l c l * B l) + \sum_l c l * (y2 * D l + \sum_k c k * F l k)
  = y1 * (y2 * a + (b1 * tc + b2 * qcc)) + (y2 * (d1 * tc + d2 * qcc)
    + (a1 * tc ^+ 2 + a2 * mcc + (a3 + a4) * (tc * qcc) + a5 * rccc)).
Proof.
move=> -> BE DE FE; rewrite (csum1 BE) csum_add csum_scale (csum1 DE).
by rewrite (@csum2 F a1 a2 a3 a4 a5 0) ?mul0r ?addr0 // => l k; rewrite FE mul0r addr0.
Qed.

(* The same with y1 = 0, with y2 = 0, with both 0. *)
Lemma quad_l (y2 : R) (X : R) (D : 'I_q -> R) (F : 'I_q -> 'I_q -> R) (d1 d2 a1 a2 a3 a4 a5 : R) :
  (forall l, D l = d1 * dot (v l) (v l) + d2 * dot H (v l) ^+ 2) ->
  (forall l k, F l k = a1 * (dot (v l) (v l) * dot (v k) (v k)) + a2 * dot (v l) (v k) ^+ 2
    + a3 * (dot H (v l) ^+ 2 * dot (v k) (v k)) + a4 * (dot (v l) (v l) * dot H (v k) ^+ 2)
    + a5 * (dot H (v l) * dot (v l) (v k) * dot (v k) H)) ->
  0 * X + \sum_l c l * (y2 * D l + \sum_k c k * F l k)
  = y2 * (d1 * tc + d2 * qcc) + (a1 * tc ^+ 2 + a2 * mcc + (a3 + a4) * (tc * qcc) + a5 * rccc).
Proof.
move=> DE FE; rewrite mul0r add0r csum_add csum_scale (csum1 DE).
by rewrite (@csum2 F a1 a2 a3 a4 a5 0) ?mul0r ?addr0 // => l k; rewrite FE mul0r addr0.
Qed.

Lemma quad_r (y1 A : R) (B D : 'I_q -> R) (F : 'I_q -> 'I_q -> R) (b1 b2 a1 a2 a3 a4 a5 : R) :
  (forall l, B l = b1 * dot (v l) (v l) + b2 * dot H (v l) ^+ 2) ->
  (forall l k, F l k = a1 * (dot (v l) (v l) * dot (v k) (v k)) + a2 * dot (v l) (v k) ^+ 2
    + a3 * (dot H (v l) ^+ 2 * dot (v k) (v k)) + a4 * (dot (v l) (v l) * dot H (v k) ^+ 2)
    + a5 * (dot H (v l) * dot (v l) (v k) * dot (v k) H)) ->
  y1 * (0 * A + \sum_l c l * B l) + \sum_l c l * (0 * D l + \sum_k c k * F l k)
  = y1 * (b1 * tc + b2 * qcc) + (a1 * tc ^+ 2 + a2 * mcc + (a3 + a4) * (tc * qcc) + a5 * rccc).
Proof.
move=> BE FE; rewrite (csum1 BE) csum_add csum_scale !mul0r !add0r.
by rewrite (@csum2 F a1 a2 a3 a4 a5 0) ?mul0r ?addr0 // => l k; rewrite FE mul0r addr0.
Qed.

Lemma quad_0 (X : R) (D : 'I_q -> R) (F : 'I_q -> 'I_q -> R) (a1 a2 a3 a4 a5 : R) :
  (forall l k, F l k = a1 * (dot (v l) (v l) * dot (v k) (v k)) + a2 * dot (v l) (v k) ^+ 2
    + a3 * (dot H (v l) ^+ 2 * dot (v k) (v k)) + a4 * (dot (v l) (v l) * dot H (v k) ^+ 2)
    + a5 * (dot H (v l) * dot (v l) (v k) * dot (v k) H)) ->
  0 * X + \sum_l c l * (0 * D l + \sum_k c k * F l k)
  = a1 * tc ^+ 2 + a2 * mcc + (a3 + a4) * (tc * qcc) + a5 * rccc.
Proof.
move=> FE; rewrite mul0r add0r csum_add csum_scale mul0r add0r.
by rewrite (@csum2 F a1 a2 a3 a4 a5 0) ?mul0r ?addr0 // => l k; rewrite FE mul0r addr0.
Qed.

End Moments.
