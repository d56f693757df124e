//! Second moments and kernels of what the output takes from the positions, without the change of a step.

use archscale_model::{Program, Scaled};
use num_traits::Zero;

use super::engine::Passes;
use super::layout::Layout;
use super::space::Acts;
use super::{Dense, Lags, check_size, grams, pictures, stationary};
use crate::TheoryError;
use crate::output_kernel::Reading;

/// E|x|²/n and the tangent kernel's diagonal of what every edge into the output reads.
///
/// By entries or by lags; pooling asks for no more than the entries, since no fluctuation is needed.
pub(crate) fn spatial_readings(program: &Program) -> Result<Vec<Reading>, TheoryError> {
    let layout = Layout::new(program)?;
    if let Some(lags) = stationary(&layout)
        && let Some(plain) = layout.unpooled(pictures(&layout, lags))
    {
        return Ok(readings(&Lags::new(layout.grid.sides()), &plain));
    }
    check_size(&layout)?;
    let space = Dense::new(&layout.grid);
    let pictures = pictures(&layout, grams(&layout));
    Ok(match layout.unpooled(pictures.clone()) {
        Some(plain) => readings(&space, &plain),
        None => readings(&space, &layout.with(layout.forms.clone(), pictures)),
    })
}

fn readings<P, S: Acts<P>>(space: &S, layout: &Layout<P, S::Matrix>) -> Vec<Reading> {
    let passes = Passes::run(space, layout);
    let space = passes.space;
    let pattern = space.readout(layout.positions);
    let of_image = |&image: &usize| {
        let picture = &layout.images[image];
        let gram = space.block(picture.gram.clone(), 0);
        Reading { second_moment: Scaled::from(picture.share) * space.inner(&pattern, &gram), kernel: Scaled::zero() }
    };
    let of_feature = |&(_, feature): &(Scaled, usize)| Reading {
        second_moment: space.inner(&pattern, &passes.second_moment(feature)),
        kernel: space.inner(&pattern, &passes.feature_kernel(feature)),
    };
    layout.read_images.iter().map(of_image).chain(layout.readout.iter().map(of_feature)).collect()
}
