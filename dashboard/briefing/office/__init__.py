"""Reports as files of office programs: slides and text documents that can be changed."""
