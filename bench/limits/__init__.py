"""What a part costs against what it could cost at best."""
