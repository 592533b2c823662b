# Choosing a password.

choose-title = Choose how you will sign in
choose-again-title = Choose a new password
choose-legend = Your password
choose-own = I choose my own password
choose-generated = I prefer a suggested password to write down
choose-generated-hint = It will be shown in the next step. You can replace it at any time in “My account”.
new-password = New password
new-password-confirm = Confirm the new password
new-password-hint = At least { $min } characters. A short sentence works very well; spaces and accents are accepted.
err-password-missing = Enter a new password
err-password-short = The password must have at least { $min } characters
err-password-digits = A password made only of digits must have at least { $min } of them
err-password-long = The password cannot be longer than { $max } characters
err-password-common = This password is too common or too easy to guess. Choose another one.
err-password-personal = The password must not contain your name, username, file number or date of birth
err-password-same = The new password must differ from the current one
err-password-confirm = The two new passwords do not match
