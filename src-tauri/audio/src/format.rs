//! The one table of sample formats, for capture and playback.

/// Calls a function that is generic over the type of a sample with the type of `$format`.
macro_rules! by_format {
    ($format:expr, $generic:ident($($argument:expr),*)) => {
        match $format {
            cpal::SampleFormat::I8 => $generic::<i8>($($argument),*),
            cpal::SampleFormat::I16 => $generic::<i16>($($argument),*),
            cpal::SampleFormat::I24 => $generic::<cpal::I24>($($argument),*),
            cpal::SampleFormat::I32 => $generic::<i32>($($argument),*),
            cpal::SampleFormat::I64 => $generic::<i64>($($argument),*),
            cpal::SampleFormat::U8 => $generic::<u8>($($argument),*),
            cpal::SampleFormat::U16 => $generic::<u16>($($argument),*),
            cpal::SampleFormat::U24 => $generic::<cpal::U24>($($argument),*),
            cpal::SampleFormat::U32 => $generic::<u32>($($argument),*),
            cpal::SampleFormat::U64 => $generic::<u64>($($argument),*),
            cpal::SampleFormat::F64 => $generic::<f64>($($argument),*),
            _ => $generic::<f32>($($argument),*),
        }
    };
}
pub(crate) use by_format;
