//! What people come for, told as they live it.

mod activation;
