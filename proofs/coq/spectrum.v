(* The transfer matrices of chains: left eigenvectors, eigenvalues and characteristic polynomials.

   Rows of a basis P span invariant flags: P T = L P with P invertible and L lower triangular, so the diagonal of L lists the
   eigenvalues of T with their multiplicities. *)
From mathcomp Require Import all_ssreflect all_algebra ring zify.
From Archscale Require Import dag tables triple.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Similar.
Variables (F : fieldType) (k : nat).

Lemma similar_char_poly (P Pi T L : 'M[F]_k) : P *m Pi = 1%:M -> P *m T = L *m P -> char_poly T = char_poly L.
Proof.
move=> PPi PT; pose X (A : 'M[F]_k) := map_mx (@polyC F) A.
have detP : \det (X P) != 0 by rewrite det_map_mx polyC_eq0 -unitfE -unitmxE; case: (mulmx1_unit PPi).
apply: (mulfI detP); rewrite /char_poly /char_poly_mx -det_mulmx [RHS]mulrC -det_mulmx; congr (\det _).
by rewrite mulmxBr mulmxBl -!map_mxM PT scalar_mxC.
Qed.

End Similar.

Lemma collect32 (A : comRingType) (a b : A) : a * (a * (b * (a * (b * 1)))) = a ^+ 3 * b ^+ 2.
Proof. ring. Qed.

Lemma collect331 (A : comRingType) (a b c : A) :
  a * (a * (b * (a * (b * (b * (c * 1)))))) = a ^+ 3 * b ^+ 3 * c.
Proof. ring. Qed.

Section Spectrum.
Variables (R : numFieldType) (n : R).
Hypothesis n0 : n != 0.

Definition rows_matrix k (rows : seq (seq R)) : 'M[R]_k := \matrix_(i, j) nth 0 (nth [::] rows i) j.

(* Row a, column b: how moment b of one layer enters moment a of the next, in the order SS, St, tt, m, q. *)
Definition pair_transfer : 'M[R]_5 := rows_matrix 5 [::
  [:: (n + 5%:R) / n; 0; 0; 0; 0];
  [:: (n + 1) / 2%:R; (n + 1) / n; 0; 0; 4%:R / n];
  [:: n * (n + 1) / 4%:R; (n + 1); (n + 1) / n; 4%:R / n; 0];
  [:: n / 2%:R; 2%:R; 2%:R / n; (n + 3%:R) / n; 0];
  [:: 1; 2%:R / n; 0; 0; (n + 3%:R) / n]].

(* The same for SSS, SSt, Sq, Stt, Sm, tq, r. *)
Definition triple_transfer : 'M[R]_7 := rows_matrix 7 [::
  [:: (n + 4%:R) * (n + 11%:R) / n ^+ 2; 0; 0; 0; 0; 0; 0];
  [:: (n ^+ 2 + 7%:R * n + 4%:R) / (2%:R * n); (n ^+ 2 + 7%:R * n + 4%:R) / n ^+ 2; 8%:R * (n + 5%:R) / n ^+ 2; 0; 0; 0; 0];
  [:: (n + 5%:R) / n; 2%:R * (n + 5%:R) / n ^+ 2; (n ^+ 2 + 13%:R * n + 34%:R) / n ^+ 2; 0; 0; 0; 0];
  [:: n * (n + 3%:R) / 4%:R; (n + 3%:R); 4%:R * (n + 1) / n; (n + 3%:R) / n; 4%:R * (n + 1) / n ^+ 2; 8%:R * (n + 1) / n ^+ 2; 32%:R / n ^+ 2];
  [:: (n + 1) / 2%:R; 2%:R * (n + 1) / n; 8%:R / n; 2%:R * (n + 1) / n ^+ 2; (n ^+ 2 + 5%:R * n + 2%:R) / n ^+ 2; 16%:R / n ^+ 2; 8%:R * (n + 3%:R) / n ^+ 2];
  [:: (n + 1) / 2%:R; 2%:R * (n + 1) / n; (n ^+ 2 + 5%:R * n + 10%:R) / (2%:R * n); 2%:R * (n + 1) / n ^+ 2; 8%:R / n ^+ 2; (n ^+ 2 + 5%:R * n + 10%:R) / n ^+ 2; 8%:R * (n + 3%:R) / n ^+ 2];
  [:: 1; 4%:R / n; 2%:R * (n + 3%:R) / n; 4%:R / n ^+ 2; 2%:R * (n + 3%:R) / n ^+ 2; 4%:R * (n + 3%:R) / n ^+ 2; (n ^+ 2 + 9%:R * n + 22%:R) / n ^+ 2]].

Definition pair_column (p : pair R) : 'cV[R]_5 := \col_i nth 0 [:: ss p; st p; tt p; m p; q p] i.
Definition triple_column (p : triple R) : 'cV[R]_7 :=
  \col_i nth 0 [:: SSS p; SSt p; Sq p; Stt p; Sm p; tq p; rr p] i.

(* Sums over an index set of 5 or 7, term by term. *)
Ltac sums := rewrite !mxE ?big_ord_recl ?big_ord0 /= ?mxE /=.
Ltac rows5 i := case: i => [[|[|[|[|[|//]]]]] ?].
Ltac rows7 i := case: i => [[|[|[|[|[|[|[|//]]]]]]] ?].

(* Claim: chain-cubic.  Paper: the recursions of appendix C, exact, as one matrix.
   One layer of a chain applies `pair_transfer` to the five moments.
   Rust: archscale_theory::chain::moments::pair_transfer *)
Theorem pair_step_matrix p : pair_column (pair_step n p) = pair_transfer *m pair_column p.
Proof. by apply/matrixP => i j; sums; rows5 i; rewrite /= /lambda; field. Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A, on a chain.
   One layer of a chain applies `triple_transfer` to the seven moments.
   Rust: archscale_theory::chain::moments::triple_transfer *)
Theorem triple_step_matrix p : triple_column (triple_step n p) = triple_transfer *m triple_column p.
Proof. by apply/matrixP => i j; sums; rows7 i; rewrite /=; field. Qed.

(* Rows: SS; St + 2q; St - q; tt + 2m; tt - m. *)
Definition pair_basis : 'M[R]_5 := rows_matrix 5 [::
  [:: 1; 0; 0; 0; 0];
  [:: 0; 1; 0; 0; 2%:R];
  [:: 0; 1; 0; 0; - 1];
  [:: 0; 0; 1; 2%:R; 0];
  [:: 0; 0; 1; - 1; 0]].
Definition pair_basis_inverse : 'M[R]_5 := rows_matrix 5 [::
  [:: 1; 0; 0; 0; 0];
  [:: 0; 1 / 3%:R; 2%:R / 3%:R; 0; 0];
  [:: 0; 0; 0; 1 / 3%:R; 2%:R / 3%:R];
  [:: 0; 0; 0; 1 / 3%:R; - 1 / 3%:R];
  [:: 0; 1 / 3%:R; - 1 / 3%:R; 0; 0]].
Definition pair_triangle : 'M[R]_5 := rows_matrix 5 [::
  [:: (n + 5%:R) / n; 0; 0; 0; 0];
  [:: (n + 5%:R) / 2%:R; (n + 5%:R) / n; 0; 0; 0];
  [:: (n - 1) / 2%:R; 0; (n - 1) / n; 0; 0];
  [:: n * (n + 5%:R) / 4%:R; (n + 5%:R) / 3%:R; 2%:R * (n + 5%:R) / 3%:R; (n + 5%:R) / n; 0];
  [:: n * (n - 1) / 4%:R; (n - 1) / 3%:R; 2%:R * (n - 1) / 3%:R; 0; (n - 1) / n]].

(* Rows: SSS; SSt + 4 Sq; Sq - SSt; Stt + 2 Sm + 4 tq + 8 r; tq - Sm; 2r - Stt - Sm; Stt - Sm - 2 tq + 2r. *)
Definition triple_basis : 'M[R]_7 := rows_matrix 7 [::
  [:: 1; 0; 0; 0; 0; 0; 0];
  [:: 0; 1; 4%:R; 0; 0; 0; 0];
  [:: 0; - 1; 1; 0; 0; 0; 0];
  [:: 0; 0; 0; 1; 2%:R; 4%:R; 8%:R];
  [:: 0; 0; 0; 0; - 1; 1; 0];
  [:: 0; 0; 0; - 1; - 1; 0; 2%:R];
  [:: 0; 0; 0; 1; - 1; - 2%:R; 2%:R]].
Definition triple_basis_inverse : 'M[R]_7 := rows_matrix 7 [::
  [:: 1; 0; 0; 0; 0; 0; 0];
  [:: 0; 1 / 5%:R; - 4%:R / 5%:R; 0; 0; 0; 0];
  [:: 0; 1 / 5%:R; 1 / 5%:R; 0; 0; 0; 0];
  [:: 0; 0; 0; 1 / 15%:R; 2%:R / 5%:R; - 3%:R / 5%:R; 1 / 3%:R];
  [:: 0; 0; 0; 1 / 15%:R; - 3%:R / 5%:R; - 1 / 10%:R; - 1 / 6%:R];
  [:: 0; 0; 0; 1 / 15%:R; 2%:R / 5%:R; - 1 / 10%:R; - 1 / 6%:R];
  [:: 0; 0; 0; 1 / 15%:R; - 1 / 10%:R; 3%:R / 20%:R; 1 / 12%:R]].
Definition triple_triangle : 'M[R]_7 := rows_matrix 7 [::
  [:: (n + 4%:R) * (n + 11%:R) / n ^+ 2; 0; 0; 0; 0; 0; 0];
  [:: (n + 4%:R) * (n + 11%:R) / (2%:R * n); (n + 4%:R) * (n + 11%:R) / n ^+ 2; 0; 0; 0; 0; 0];
  [:: - (n - 1) * (n + 6%:R) / (2%:R * n); 0; (n - 1) * (n + 6%:R) / n ^+ 2; 0; 0; 0; 0];
  [:: (n + 4%:R) * (n + 11%:R) / 4%:R; 3%:R * (n + 4%:R) * (n + 11%:R) / (5%:R * n); - 2%:R * (n + 4%:R) * (n + 11%:R) / (5%:R * n); (n + 4%:R) * (n + 11%:R) / n ^+ 2; 0; 0; 0];
  [:: 0; (n - 1) * (n + 6%:R) / (10%:R * n); (n - 1) * (n + 6%:R) / (10%:R * n); 0; (n - 1) * (n + 6%:R) / n ^+ 2; 0; 0];
  [:: - (n - 1) * (n + 6%:R) / 4%:R; - (n - 1) * (n + 6%:R) / (5%:R * n); 4%:R * (n - 1) * (n + 6%:R) / (5%:R * n); 0; 0; (n - 1) * (n + 6%:R) / n ^+ 2; 0];
  [:: (n - 1) * (n - 2%:R) / 4%:R; 0; - (n - 1) * (n - 2%:R) / n; 0; 0; 0; (n - 1) * (n - 2%:R) / n ^+ 2]].

Lemma pair_basis_unit : pair_basis *m pair_basis_inverse = 1%:M.
Proof. by apply/matrixP => i j; sums; rows5 i; rows5 j; rewrite /=; field. Qed.

Lemma pair_flag : pair_basis *m pair_transfer = pair_triangle *m pair_basis.
Proof. by apply/matrixP => i j; sums; rows5 i; rows5 j; rewrite /=; field. Qed.

Lemma triple_basis_unit : triple_basis *m triple_basis_inverse = 1%:M.
Proof. by apply/matrixP => i j; sums; rows7 i; rows7 j; rewrite /=; field. Qed.

(* The same product through coordinates, which is faster than 49 entries. *)
Definition triple_coords (p : triple R) : triple R := Triple
  (SSS p) (SSt p + 4%:R * Sq p) (Sq p - SSt p) (Stt p + 2%:R * Sm p + 4%:R * tq p + 8%:R * rr p) (tq p - Sm p)
  (2%:R * rr p - Stt p - Sm p) (Stt p - Sm p - 2%:R * tq p + 2%:R * rr p).

Definition triangle_step (c : triple R) : triple R :=
  let top := (n + 4%:R) * (n + 11%:R) / n ^+ 2 in
  let mid := (n - 1) * (n + 6%:R) / n ^+ 2 in
  let low := (n - 1) * (n - 2%:R) / n ^+ 2 in
  Triple (top * SSS c)
    (top * (n / 2%:R * SSS c + SSt c))
    (mid * (- n / 2%:R * SSS c + Sq c))
    (top * (n ^+ 2 / 4%:R * SSS c + 3%:R * n / 5%:R * SSt c - 2%:R * n / 5%:R * Sq c + Stt c))
    (mid * (n / 10%:R * SSt c + n / 10%:R * Sq c + Sm c))
    (mid * (- n ^+ 2 / 4%:R * SSS c - n / 5%:R * SSt c + 4%:R * n / 5%:R * Sq c + tq c))
    (low * (n ^+ 2 / 4%:R * SSS c - n * Sq c + rr c)).

Lemma triple_coordsE p : triple_column (triple_coords p) = triple_basis *m triple_column p.
Proof. by apply/matrixP => i j; sums; rows7 i; rewrite /=; ring. Qed.

Lemma triangle_stepE c : triple_column (triangle_step c) = triple_triangle *m triple_column c.
Proof. by apply/matrixP => i j; sums; rows7 i; rewrite /=; field. Qed.

Lemma triple_coords_step p : triple_coords (triple_step n p) = triangle_step (triple_coords p).
Proof. by rewrite /triple_coords /triangle_step /triple_step /=; congr Triple; field. Qed.

Lemma triple_column_ind (P : 'cV[R]_7 -> Prop) : (forall p, P (triple_column p)) -> forall v, P v.
Proof.
move=> H v; rewrite (_ : v = triple_column (Triple (v (inord 0) 0) (v (inord 1) 0) (v (inord 2) 0) (v (inord 3) 0)
  (v (inord 4) 0) (v (inord 5) 0) (v (inord 6) 0))) //.
by apply/matrixP => i j; rewrite mxE ord1; rows7 i; rewrite /=; congr (v _ _); apply: val_inj; rewrite /= inordK.
Qed.

Lemma triple_flag : triple_basis *m triple_transfer = triple_triangle *m triple_basis.
Proof.
have ext (A B : 'M[R]_7) : (forall v : 'cV_7, A *m v = B *m v) -> A = B.
  move=> H; apply/matrixP => i j; have := H (delta_mx j 0).
  by rewrite -!colE => /matrixP /(_ i 0); rewrite !mxE.
apply: ext; apply: triple_column_ind => p.
by rewrite -!mulmxA -triple_step_matrix -!triple_coordsE triple_coords_step triangle_stepE.
Qed.

Lemma pair_triangular : is_trig_mx pair_triangle.
Proof. by apply/is_trig_mxP => i j; rewrite mxE; rows5 i; rows5 j. Qed.

Lemma triple_triangular : is_trig_mx triple_triangle.
Proof. by apply/is_trig_mxP => i j; rewrite mxE; rows7 i; rows7 j. Qed.

(* Claim: chain-cubic.  Paper: the growth rates behind e^{5 sum 1/n}.
   The 5 x 5 transfer matrix has eigenvalue 1 + 5/n three times and 1 - 1/n twice, at every width.
   Rust: archscale_theory::chain::spectrum::pair_eigenvalues *)
Theorem pair_eigenvalues :
  char_poly pair_transfer = ('X - (1 + 5%:R / n)%:P) ^+ 3 * ('X - (1 - 1 / n)%:P) ^+ 2.
Proof.
rewrite (similar_char_poly pair_basis_unit pair_flag) char_poly_trig ?pair_triangular //.
have -> : 1 + 5%:R / n = (n + 5%:R) / n by field.
have -> : 1 - 1 / n = (n - 1) / n by field.
rewrite !big_ord_recl big_ord0 !mxE /=.
exact: collect32.
Qed.

(* Claim: lemma-A-order.  Paper: lemma B.1, the part A, on a chain.
   The 7 x 7 transfer matrix has eigenvalues (n+4)(n+11)/n^2 and (n-1)(n+6)/n^2, three times each, and (n-1)(n-2)/n^2 once.
   Rust: archscale_theory::chain::spectrum::triple_eigenvalues *)
Theorem triple_eigenvalues :
  char_poly triple_transfer = ('X - ((n + 4%:R) * (n + 11%:R) / n ^+ 2)%:P) ^+ 3
    * ('X - ((n - 1) * (n + 6%:R) / n ^+ 2)%:P) ^+ 3 * ('X - ((n - 1) * (n - 2%:R) / n ^+ 2)%:P).
Proof.
rewrite (similar_char_poly triple_basis_unit triple_flag) char_poly_trig ?triple_triangular //.
rewrite !big_ord_recl big_ord0 !mxE /=.
exact: collect331.
Qed.

(* Claim: chain-cubic.  Paper: the recursions of appendix C, exact.
   Left eigenvectors: St + 2q and tt + 2m grow by 1 + 5/n, St - q and tt - m by 1 - 1/n, once the sources from lower rows are
   taken off.
   Rust: archscale_theory::chain::spectrum::pair_eigenvalues *)
Theorem pair_left_eigenvectors p : let p' := pair_step n p in
  [/\ st p' + 2%:R * q p' = (1 + 5%:R / n) * (st p + 2%:R * q p + n / 2%:R * ss p),
      st p' - q p' = (1 - 1 / n) * (st p - q p + n / 2%:R * ss p),
      tt p' + 2%:R * m p' = (1 + 5%:R / n) * (tt p + 2%:R * m p + n ^+ 2 / 4%:R * ss p + n / 3%:R * (st p + 2%:R * q p)
        + 2%:R * n / 3%:R * (st p - q p)) &
      tt p' - m p' = (1 - 1 / n) * (tt p - m p + n ^+ 2 / 4%:R * ss p + n / 3%:R * (st p + 2%:R * q p)
        + 2%:R * n / 3%:R * (st p - q p))].
Proof. by rewrite /pair_step /lambda /=; split; field. Qed.

End Spectrum.
