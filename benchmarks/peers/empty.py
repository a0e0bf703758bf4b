"""The floor: a page with nothing but a word."""

import streamlit as st

st.set_page_config(layout="wide")
st.write("empty")
