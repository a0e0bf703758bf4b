"""The floor of every gesture: a fragment that counts, and nothing else."""

import streamlit as st

st.set_page_config(layout="wide")


@st.fragment
def counted() -> None:
    """Count the runs of this fragment."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("again")
    st.markdown(f"runs {st.session_state['runs']}")


counted()
