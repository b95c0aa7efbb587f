import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.tokens import Purpose, Token, opened, sealed
from briefpub.render.tokens import hmac_sha256, sealing

SECRETS = st.binary(min_size=1, max_size=200)


@given(secret=SECRETS, message=st.binary(max_size=300))
def test_it_is_hmac_sha256(secret: bytes, message: bytes) -> None:
    assert hmac_sha256(secret)(message) == hmac.digest(secret, message, hashlib.sha256)


@given(
    secret=SECRETS,
    purpose=st.sampled_from(Purpose),
    subscriber=st.integers(min_value=0, max_value=2**63),
    list=st.from_regex(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", fullmatch=True),
)
def test_a_token_made_in_passing_is_the_domains_own(
    secret: bytes, purpose: Purpose, subscriber: int, list: str
) -> None:
    token = Token(purpose=purpose, list=list, subscriber=subscriber)
    made = sealing(purpose=purpose, list=list, secret=secret)(subscriber).decode()
    assert made == sealed(token, secret=secret)
    assert opened(made, secret=secret) == token
